import type { Container } from '../record/container.ts';
import { capabilitiesOf } from '../spec/privileges.ts';
import { checkDevices } from './devices.ts';
import { checkCount, publishedPorts, readExposed } from './exposure.ts';
import { checkLife } from './life.ts';
import { checkNamespaces } from './namespaces.ts';
import { checkSecurity, readSecurityOptions } from './security.ts';
import { checkStorage, mountsFrom } from './storage.ts';
import { checkTmpfsOptions, tmpfsOptions } from './tmpfs-options.ts';

const noSecurity = { readOnly: false, privileged: false, capAdd: [], capDrop: [], securityOptions: [], groupAdd: [] };
const security = (change: Partial<typeof noSecurity> | Record<string, readonly string[]>): ReturnType<typeof checkSecurity> => checkSecurity({ ...noSecurity, ...change });

describe('security', () => {
  it('is nothing when nothing is asked for, and full names otherwise', () => {
    expect(checkSecurity(noSecurity)).toBeUndefined();
    expect(security({ capAdd: ['net_admin', 'CAP_CHOWN', 'all'] })?.capAdd).toEqual(['CAP_NET_ADMIN', 'CAP_CHOWN', 'ALL']);
    expect(() => security({ capDrop: ['FLY'] })).toThrow('unknown capability: "FLY"');
    expect(() => security({ groupAdd: ['a b'] })).toThrow('not a group: "a b"');
  });

  it('gives capabilities as Docker does', () => {
    const host = { capabilities: ['CAP_CHOWN', 'CAP_KILL'], allCapabilities: ['CAP_CHOWN', 'CAP_KILL', 'CAP_SYS_TIME'], kernel: '6.1', lacksX32: false };
    const given = (capAdd: string[], capDrop: string[], privileged = false): string[] => capabilitiesOf({ ...noSecurity, capAdd, capDrop, privileged }, host);
    expect(capabilitiesOf(undefined, host)).toEqual(['CAP_CHOWN', 'CAP_KILL']);
    expect(given(['CAP_SYS_TIME', 'CAP_KILL'], ['CAP_CHOWN'])).toEqual(['CAP_KILL', 'CAP_SYS_TIME']);
    expect(given(['ALL'], ['CAP_KILL'])).toEqual(['CAP_CHOWN', 'CAP_SYS_TIME']);
    expect(given(['CAP_SYS_TIME'], ['ALL'])).toEqual(['CAP_SYS_TIME']);
    expect(given([], ['ALL'], true)).toEqual(host.allCapabilities);
    expect(() => given(['CAP_BPF'], [])).toThrow('not supported by your kernel or not available to the engine: "CAP_BPF"');
  });

  it('reads its options', () => {
    const words = readSecurityOptions(['no-new-privileges', 'seccomp=unconfined', 'apparmor:mine', 'label=type:svirt_t', 'systempaths=unconfined']);
    expect(words).toEqual({ noNewPrivileges: true, seccomp: 'unconfined', apparmor: 'mine', labels: ['type:svirt_t'], openSystemPaths: true });
    expect(readSecurityOptions(['no-new-privileges', 'no-new-privileges=false', 'seccomp=builtin'])).toMatchObject({ noNewPrivileges: false, seccomp: undefined });
    for (const bad of ['x', 'seccomp', 'no-new-privileges=maybe', 'systempaths=no', 'apparmor=', 'colour=red']) {
      expect(() => readSecurityOptions([bad])).toThrow(`invalid security option: "${bad}"`);
    }
    expect(() => readSecurityOptions(['label=nothing'])).toThrow('bad label option "nothing"');
  });

  it.each([
    ['{', 'decoding seccomp profile failed'],
    ['[]', 'the profile must hold objects'],
    ['{"defaultAction":"ALLOW"}', 'unknown action "ALLOW"'],
    ['{"defaultAction":"SCMP_ACT_ALLOW","architectures":["a"],"archMap":[{}]}', "use either 'architectures' or 'archMap'"],
    ['{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"name":"read","names":["write"],"action":"SCMP_ACT_ALLOW"}]}', "use either 'name' or 'names'"],
    ['{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":[],"action":"SCMP_ACT_ALLOW"}]}', 'a rule names no system call'],
    ['{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":[1],"action":"SCMP_ACT_ALLOW"}]}', 'names must be texts'],
    ['{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["read"],"action":"SCMP_ACT_NOTIFY"}]}', 'unknown action "SCMP_ACT_NOTIFY"'],
    ['{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":1,"op":"="}]}]}', 'unknown operator "="'],
  ])('refuses the profile %s', (profile, message) => {
    expect(() => security({ securityOptions: [`seccomp=${profile}`] })).toThrow(message);
  });
});

describe('devices', () => {
  const device = (hostPath: string, containerPath = '', permissions = ''): ReturnType<typeof checkDevices> =>
    checkDevices({ devices: [{ hostPath, containerPath, permissions }], deviceCgroupRules: [] });

  it('are at the same place with all permissions unless said otherwise', () => {
    expect(checkDevices({ devices: [], deviceCgroupRules: [] })).toBeUndefined();
    expect(device('/dev/fuse')?.devices).toEqual([{ hostPath: '/dev/fuse', containerPath: '/dev/fuse', permissions: 'rwm' }]);
    expect(device('/dev/a', '/dev/b/../c/', 'r')?.devices).toEqual([{ hostPath: '/dev/a', containerPath: '/dev/c', permissions: 'r' }]);
  });

  it('are refused when they cannot be', () => {
    expect(() => device('dev/x')).toThrow('device path must be an absolute path: dev/x');
    expect(() => device('/dev/x', '/')).toThrow('cannot take the place of the root directory');
    for (const bad of ['x', 'rr', 'rwmr']) expect(() => device('/dev/x', '', bad)).toThrow(`invalid device permissions: ${bad}`);
    for (const bad of ['c 1:3', 'x 1:3 r', 'c 1 r', 'c 1:3 q', 'c *:* rwmr']) {
      expect(() => checkDevices({ devices: [], deviceCgroupRules: [bad] })).toThrow(`invalid device cgroup rule format: '${bad}'`);
    }
    expect(checkDevices({ devices: [], deviceCgroupRules: ['a *:* rwm', 'b 7:* r'] })?.rules).toHaveLength(2);
  });
});

describe('storage', () => {
  it('has tmpfs with the options that a tmpfs has', () => {
    expect(tmpfsOptions('')).toEqual(['noexec', 'nosuid', 'nodev']);
    expect(tmpfsOptions('exec,size=1m,size=2m,rw,ro')).toEqual(['exec', 'nosuid', 'nodev', 'size=2m', 'ro']);
    expect(() => checkTmpfsOptions('size=64m,mode=1777,uid=0,nr_inodes=1k,noatime')).not.toThrow();
    for (const bad of ['size=', 'mode=9', 'bind', 'rw=1', 'lowerdir=/etc']) expect(() => checkTmpfsOptions(bad)).toThrow(`invalid tmpfs option "${bad}"`);
  });

  it('is checked', () => {
    const none = { shmBytes: 0n, tmpfs: {}, volumesFrom: [] };
    expect(checkStorage(none)).toBeUndefined();
    expect(checkStorage({ ...none, tmpfs: { '/run/': '' } })?.tmpfs).toEqual({ '/run': '' });
    expect(() => checkStorage({ ...none, shmBytes: -1n })).toThrow('SHM size can not be less than 0');
    expect(() => checkStorage({ ...none, tmpfs: { '/a': '', '/a/': '' } })).toThrow('duplicate mount point: /a');
    expect(() => checkStorage({ ...none, tmpfs: { a: '' } })).toThrow('mount target must be an absolute path: a');
  });

  it('takes binds and volumes of others', () => {
    const mounts = [{ type: 'volume', source: '/v', target: '/v', readonly: false, volume: 'v' }, { type: 'tmpfs', source: '', target: '/t', readonly: false }];
    const find = (): Container => ({ config: { mounts } }) as unknown as Container;
    expect(mountsFrom(['a:ro'], find)).toEqual([{ ...mounts[0], readonly: true, noCopy: true }]);
    expect(() => mountsFrom(['a:rx'], find)).toThrow('invalid mode for volumes_from: rx');
    expect(() => mountsFrom([':ro'], find)).toThrow('invalid volumes_from: ":ro"');
  });
});

describe('namespaces', () => {
  const none = { ipcMode: '', pidMode: '', utsMode: '', cgroupnsMode: '', usernsMode: '', domainname: '', sysctls: {} };
  const context = { find: () => ({ id: 'full' }) as Container, network: { kind: 'none' } as const, hostname: '' };

  it('are found by full ids', () => {
    expect(checkNamespaces(none, context)).toBeUndefined();
    expect(checkNamespaces({ ...none, ipcMode: 'container:short' }, context)?.ipcMode).toBe('container:full');
    expect(() => checkNamespaces({ ...none, utsMode: 'container:short' }, context)).toThrow('invalid UTS mode');
    expect(() => checkNamespaces({ ...none, domainname: 'a b' }, context)).toThrow('invalid domain name: a b');
  });

  it.each(['kernel.panic', 'vm.swappiness', 'net.../x', '/etc/x', 'kernel.msgmaximum', 'fs.file-max'])('sysctl %s is none of theirs', (name) => {
    expect(() => checkNamespaces({ ...none, sysctls: { [name]: '1' } }, context)).toThrow(`sysctl '${name}' is not allowed`);
  });
});

describe('life and ports', () => {
  const none = { stdinOnce: false, annotations: {}, cgroupParent: '' };

  it('are checked', () => {
    expect(checkLife(none)).toBeUndefined();
    expect(checkLife({ ...none, init: false, stopTimeoutSeconds: 0, cgroupParent: 'a//b/' })).toEqual({ init: false, stopTimeout: 0, cgroupParent: '/a/b' });
    expect(() => checkLife({ ...none, cgroupParent: '../x' })).toThrow('invalid cgroup parent: ../x');
    expect(readExposed(['80', '53/UDP', '8000-8002'])).toEqual(['80/tcp', '53/udp', '8000/tcp', '8001/tcp', '8002/tcp']);
    for (const bad of ['0', '70000', '9-8', 'x', '80/icmp']) expect(() => readExposed([bad])).toThrow(`invalid exposed port: ${bad}`);
  });

  it('are named again and again by nobody who means it', () => {
    const all = Array.from({ length: 10_000 }, (_, index) => `${index + 1}-65535`);
    expect(() => readExposed(all)).toThrow('more than 131070 ports are exposed');
    expect(() => publishedPorts({ ports: [], exposed: all, publishAll: true })).toThrow('more than 131070 ports are exposed');
    expect(readExposed(['1-65535', '1-65535/udp'])).toHaveLength(131_070);
    expect(publishedPorts({ ports: [], exposed: ['1-8193'], publishAll: true })).toHaveLength(8193);
    expect(() => checkCount(8193)).toThrow('one container can publish 8192 ports at most, not 8193');
    checkCount(8192);
  });

  it('publish what is exposed and not published yet', () => {
    const ports = [{ containerPort: 80, hostPort: 8080, protocol: 'tcp', hostIp: '' }];
    const exposed = ['80/tcp', '53/udp', '99999/tcp', 'x'];
    expect(publishedPorts({ ports, exposed })).toEqual(ports);
    expect(publishedPorts({ ports, exposed, publishAll: true })).toEqual([...ports, { containerPort: 53, hostPort: 0, protocol: 'udp', hostIp: '' }]);
  });
});
