import { closeGates } from './seccomp-gates.ts';

const allow = (...names: string[]) => ({ names, action: 'SCMP_ACT_ALLOW' });
const filter = {
  defaultAction: 'SCMP_ACT_ERRNO',
  defaultErrnoRet: 38,
  architectures: [],
  syscalls: [allow('read', 'mount', 'unshare', 'clone', 'clone3', 'socket'), allow('setns'), allow('keyctl', 'reboot')],
};

const further = ['futex_waitv', 'io_pgetevents', 'io_pgetevents_time64', 'vmsplice'];

describe('the gates of a filter', () => {
  it('are closed to who lacks the capability', () => {
    const { syscalls, defaultErrnoRet } = closeGates(filter, { capabilities: ['CAP_CHOWN'], arch: 'x64' });
    const allowed = syscalls.filter(({ action }) => action === 'SCMP_ACT_ALLOW');
    expect(defaultErrnoRet).toBe(38);
    expect(allowed.map(({ names, args }) => [names, args?.length ?? 0])).toEqual([[['read'], 0], [['socket'], 1], [further, 0], [['clone'], 1]]);
    const refused = syscalls.filter(({ action, args }) => action === 'SCMP_ACT_ERRNO' && !args);
    expect(refused.find(({ errnoRet }) => errnoRet === 1)?.names).toEqual(expect.arrayContaining(['mount', 'unshare', 'setns', 'keyctl', 'reboot']));
    expect(refused.find(({ names }) => names.includes('clone3'))?.errnoRet).toBe(38);
  });

  it('leave processes and threads, and refuse each kind of namespace', () => {
    const { syscalls } = closeGates(filter, { capabilities: [], arch: 'x64' });
    const cloning = syscalls.filter(({ names }) => names.includes('clone'));
    const verdict = (flags: number): string | undefined =>
      cloning.find(({ args }) => args?.every(({ value, valueTwo = 0 }) => (flags & value) === valueTwo))?.action;
    expect(verdict(0x003d0f00)).toBe('SCMP_ACT_ALLOW');
    for (const flag of [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000]) expect(verdict(flag | 17)).toBe('SCMP_ACT_ERRNO');
    expect(closeGates(filter, { capabilities: [], arch: 's390x' }).syscalls.find(({ names }) => names.includes('clone'))?.args?.[0]?.index).toBe(1);
  });

  it('are open to who has the capability', () => {
    const { syscalls } = closeGates(filter, { capabilities: ['CAP_SYS_ADMIN', 'CAP_SYS_BOOT'], arch: 'x64' });
    const allowed = syscalls.filter(({ action }) => action === 'SCMP_ACT_ALLOW').flatMap(({ names }) => names);
    expect(allowed.sort()).toEqual(['clone', 'clone3', 'mount', 'read', 'reboot', 'setns', 'socket', 'unshare', 'quotactl_fd', ...further].sort());
  });
});
