import type { OciSeccomp, OciSyscall } from './oci.ts';

/**
 * The installed profile is made for engines that put containers into containers:
 * it lets everybody make namespaces and mounts in a user namespace of their own,
 * which opens much of the kernel to an unprivileged process. Docker's default
 * gives these calls only with the capability that they are about; so do we.
 */
const gates: { readonly [capability: string]: readonly string[] } = {
  CAP_SYS_ADMIN: [
    ...['mount', 'umount', 'umount2', 'mount_setattr', 'move_mount', 'open_tree', 'open_tree_attr'],
    ...['fsconfig', 'fsmount', 'fsopen', 'fspick', 'quotactl', 'quotactl_fd', 'lookup_dcookie', 'fanotify_init'],
    ...['setns', 'unshare', 'sethostname', 'setdomainname', 'bpf', 'perf_event_open'],
  ],
  CAP_SYS_BOOT: ['reboot'],
  CAP_SYSLOG: ['syslog'],
  CAP_SYS_PTRACE: ['pidfd_getfd'],
  CAP_SYS_NICE: ['get_mempolicy', 'mbind', 'set_mempolicy', 'set_mempolicy_home_node'],
};

/** What no container gets, whatever its capabilities. */
const never: readonly string[] = [
  'pivot_root',
  // Keys have no namespace: those of one container are those of all with its user id.
  ...['add_key', 'keyctl', 'request_key'],
  // Docker takes these off its list because of the holes they had.
  ...['io_uring_setup', 'io_uring_enter', 'io_uring_register', 'userfaultfd'],
];

/** What Docker lets through and the installed profile does not know, or not any more. */
const further: { readonly always: readonly string[]; readonly [capability: string]: readonly string[] } = {
  always: ['futex_waitv', 'io_pgetevents', 'io_pgetevents_time64', 'vmsplice'],
  CAP_SYS_ADMIN: ['quotactl_fd'],
};

const allow = 'SCMP_ACT_ALLOW';
const refuse = 'SCMP_ACT_ERRNO';
/** errno(3) */
const [EPERM, ENOSYS] = [1, 38];

/** clone(2): CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET */
const namespaceFlags = [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000];
const allNamespaceFlags = namespaceFlags.reduce((sum, flag) => sum | flag, 0);

/** socket(2): AF_VSOCK reaches the hypervisor, past every network namespace. */
const vsock = 40;

/** Closes what a container without the capability has no business with. */
export function closeGates(filter: OciSeccomp, { capabilities, arch }: { capabilities: readonly string[]; arch: string }): OciSeccomp {
  const shut = [...never, ...Object.entries(gates).flatMap(([capability, names]) => (capabilities.includes(capability) ? [] : names))];
  const opened = Object.entries(further).flatMap(([capability, names]) => (capability === 'always' || capabilities.includes(capability) ? names : []));
  const noNamespaces = !capabilities.includes('CAP_SYS_ADMIN');
  const closed = new Set([...shut, ...opened, ...(noNamespaces ? ['clone', 'clone3'] : [])]);
  const kept = filter.syscalls.flatMap((rule): OciSyscall[] => {
    const names = rule.names.filter((name) => !closed.has(name));
    return names.length === 0 ? [] : withoutVsock({ ...rule, names });
  });
  const refused = { names: shut, action: refuse, errnoRet: EPERM };
  return { ...filter, syscalls: [...kept, { names: opened, action: allow }, refused, ...(noNamespaces ? cloneRules(arch) : [])] };
}

function withoutVsock(rule: OciSyscall): OciSyscall[] {
  if (rule.action !== allow || rule.args || !rule.names.includes('socket')) return [rule];
  const others = rule.names.filter((name) => name !== 'socket');
  const sockets = { names: ['socket'], action: allow, args: [{ index: 0, value: vsock, valueTwo: 0, op: 'SCMP_CMP_NE' }] };
  return others.length === 0 ? [sockets] : [{ ...rule, names: others }, sockets];
}

/** Processes and threads, but no namespaces. A filter cannot see the flags of clone3: without it, libraries take clone. */
function cloneRules(arch: string): OciSyscall[] {
  const index = arch === 's390x' ? 1 : 0;
  const flags = (mask: number, value: number) => [{ index, value: mask, valueTwo: value, op: 'SCMP_CMP_MASKED_EQ' }];
  return [
    { names: ['clone'], action: allow, args: flags(allNamespaceFlags, 0) },
    ...namespaceFlags.map((flag) => ({ names: ['clone'], action: refuse, errnoRet: EPERM, args: flags(flag, flag) })),
    { names: ['clone3'], action: refuse, errnoRet: ENOSYS },
  ];
}
