import { checkCgroups } from './check-cgroups.ts';
import { isOlder } from './compare-versions.ts';
import { type Finding, reporterOf } from './finding.ts';
import type { HostTree } from './host-tree.ts';
import { presenceOf } from './kernel-feature.ts';

/** What is a module of its own, the option of the kernel that builds it in, and what does not work without. */
const features = [
  { name: 'overlayfs', module: 'overlay', option: 'OVERLAY_FS', without: 'containers have no file system' },
  { name: 'nf_tables', module: 'nf_tables', option: 'NF_TABLES', without: 'networks have no rules' },
  { name: 'nat', module: 'nft_chain_nat', option: 'NFT_NAT', without: 'containers reach nothing outside and no port can be published' },
  { name: 'veth', module: 'veth', option: 'VETH', without: 'containers have no network' },
  { name: 'bridge', module: 'bridge', option: 'BRIDGE', without: 'containers have no network' },
] as const;

const namespaces = ['mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup'] as const;

/** mount_setattr(2): files belong to others in a container without being copied. */
const firstWithMappedMounts = '5.12';

const report = reporterOf('kernel');

/** What containers need of the kernel. */
export function checkKernel(tree: HostTree): Finding[] {
  return [
    ...features.map((feature) => checkFeature(tree, feature)),
    checkCgroups(tree),
    checkNamespaces(tree),
    checkUserNamespaces(tree),
    checkForwarding(tree),
    checkSeccomp(tree),
    checkAppArmor(tree),
  ];
}

function checkFeature(tree: HostTree, feature: (typeof features)[number]): Finding {
  const { name, module, option, without } = feature;
  switch (presenceOf(tree, feature)) {
    case 'there':
      return report.ok(name, `the kernel has ${name}`);
    case 'loadable':
      return report.ok(name, `the kernel loads ${name} when it is needed (module ${module})`);
    case 'absent':
      return report.error(name, `the kernel has no ${name}: ${without}`, `boot a kernel with CONFIG_${option}, or install its modules`);
    case 'unknown':
      return report.unknown(name, `whether the kernel has ${name} cannot be seen before it is used`);
  }
}

/** A process that has changed its user may not look at itself: then the limits of namespaces tell which there are. */
function namespacesOf(tree: HostTree): string[] {
  const own = tree.names('/proc/self/ns');
  if (own.length > 0) return own;
  return tree.names('/proc/sys/user').flatMap((name) => /^max_(\w+)_namespaces$/.exec(name)?.[1] ?? []);
}

function checkNamespaces(tree: HostTree): Finding {
  const present = namespacesOf(tree);
  if (present.length === 0) return report.unknown('namespaces', 'the namespaces of the kernel cannot be read');
  const missing = namespaces.filter((name) => !present.includes(name));
  if (missing.length === 0) return report.ok('namespaces', `the kernel has the namespaces ${namespaces.join(', ')}`);
  const message = `the kernel lacks the namespaces ${missing.join(', ')}: no container can run`;
  return report.error('namespaces', message, 'boot a kernel with CONFIG_NAMESPACES and all below it');
}

/** Only containers whose ids are remapped need them. */
function checkUserNamespaces(tree: HostTree): Finding {
  const name = 'user namespaces';
  const present = namespacesOf(tree);
  if (present.length === 0) return report.unknown(name, 'whether the kernel has user namespaces cannot be read');
  if (!present.includes('user')) {
    return report.warning(name, 'the kernel has no user namespaces: ids of containers cannot be remapped', 'boot a kernel with CONFIG_USER_NS');
  }
  const most = tree.number('/proc/sys/user/max_user_namespaces');
  if (most === 0) {
    const advice = 'allow them: sysctl -w user.max_user_namespaces=15000';
    return report.warning(name, 'no user namespace may be made: ids of containers cannot be remapped', advice);
  }
  const [release] = /^\d+\.\d+/.exec(tree.text('/proc/sys/kernel/osrelease') ?? '') ?? [];
  if (release === undefined || !isOlder(release, firstWithMappedMounts)) return report.ok(name, 'the kernel has user namespaces and mapped mounts');
  const message = `the kernel has user namespaces but no mapped mounts, which come with ${firstWithMappedMounts}: ids of containers cannot be remapped`;
  return report.warning(name, message, 'boot a later kernel');
}

/** The networks worker turns it on when it starts; somebody may have turned it off since. */
function checkForwarding(tree: HostTree): Finding {
  const name = 'ip forwarding';
  const value = tree.number('/proc/sys/net/ipv4/ip_forward');
  if (value === undefined) return report.unknown(name, 'whether the host forwards packets cannot be read');
  if (value !== 0) return report.ok(name, 'the host forwards packets');
  const advice = 'sysctl -w net.ipv4.ip_forward=1; the start of the engine does it too';
  return report.warning(name, 'the host does not forward packets: containers reach nothing outside', advice);
}

function checkSeccomp(tree: HostTree): Finding {
  const actions = tree.text('/proc/sys/kernel/seccomp/actions_avail');
  if (actions !== undefined) return report.ok('seccomp', 'the kernel filters system calls');
  if (!tree.exists('/proc/sys/kernel/osrelease')) return report.unknown('seccomp', 'whether the kernel filters system calls cannot be read');
  const message = 'the kernel does not filter system calls: no container can run with the default profile';
  return report.error('seccomp', message, 'boot a kernel with CONFIG_SECCOMP_FILTER');
}

/** Without it capabilities, seccomp and masked paths stand between a container and the host, as on most hosts. */
function checkAppArmor(tree: HostTree): Finding {
  if (!tree.exists('/sys/module')) return report.unknown('apparmor', 'whether AppArmor is on cannot be read');
  const isOn = tree.text('/sys/module/apparmor/parameters/enabled') === 'Y';
  return report.ok('apparmor', isOn ? 'AppArmor is on: containers get a profile' : 'AppArmor is not on: containers get no profile of it');
}
