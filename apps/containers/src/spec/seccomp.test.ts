import { evaluateProfile, type Profile } from './seccomp.ts';

const profile: Profile = {
  defaultAction: 'SCMP_ACT_ERRNO',
  defaultErrnoRet: 38,
  archMap: [
    { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86', 'SCMP_ARCH_X32'] },
    { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM'] },
  ],
  syscalls: [
    { names: ['read'], action: 'SCMP_ACT_ALLOW', args: [], includes: {}, excludes: {} },
    { names: ['mount'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_SYS_ADMIN'] } },
    { names: ['mount'], action: 'SCMP_ACT_ERRNO', errnoRet: 1, excludes: { caps: ['CAP_SYS_ADMIN'] } },
    { names: ['arch_prctl'], action: 'SCMP_ACT_ALLOW', includes: { arches: ['amd64', 'x32'] } },
    { names: ['ptrace'], action: 'SCMP_ACT_ALLOW', includes: { minKernel: '4.8' } },
    { names: ['personality'], action: 'SCMP_ACT_ALLOW', args: [{ index: 0, value: 8, valueTwo: 0, op: 'SCMP_CMP_EQ' }] },
  ],
};

const names = (capabilities: string[], arch: string, kernel = '6.1.0-13-amd64'): string[] =>
  evaluateProfile(profile, { capabilities, arch, kernel, lacksX32: false }).syscalls.map(({ names: [name], action }) => `${name} ${action.slice(9)}`);

describe('a seccomp profile', () => {
  it('keeps the rules whose conditions hold', () => {
    expect(names([], 'x64')).toEqual(['read ALLOW', 'mount ERRNO', 'arch_prctl ALLOW', 'ptrace ALLOW', 'personality ALLOW']);
    expect(names(['CAP_SYS_ADMIN'], 'arm64')).toEqual(['read ALLOW', 'mount ALLOW', 'ptrace ALLOW', 'personality ALLOW']);
    expect(names([], 'arm64', '4.4.0')).toEqual(['read ALLOW', 'mount ERRNO', 'personality ALLOW']);
  });

  it('becomes a filter in the form of the runtime', () => {
    const subject = { capabilities: [], arch: 'x64', kernel: '6.1', lacksX32: false };
    const filter = evaluateProfile(profile, subject);
    expect(filter).toMatchObject({ defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 38 });
    expect(filter.architectures).toEqual(['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32']);
    expect(evaluateProfile(profile, { ...subject, lacksX32: true }).architectures).toEqual(['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86']);
    expect(filter.syscalls[0]).toEqual({ names: ['read'], action: 'SCMP_ACT_ALLOW' });
    expect(filter.syscalls[1]).toEqual({ names: ['mount'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 });
    expect(filter.syscalls.at(-1)?.args).toEqual([{ index: 0, value: 8, valueTwo: 0, op: 'SCMP_CMP_EQ' }]);
  });
});
