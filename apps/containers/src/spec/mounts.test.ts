import { mountsOf } from './mounts.ts';

type Config = Parameters<typeof mountsOf>[0];

const sources = { home: '/home', resolved: new Map<string, string>() };

function tmpfsAt(...targets: string[]): Config {
  return { mounts: targets.map((target) => ({ type: 'tmpfs', source: '', target, readonly: false })) };
}

const destinations = (...targets: string[]): string[] => mountsOf(tmpfsAt(...targets), sources).map(({ destination }) => destination);

function optionsOf(config: Partial<Config>, target: string, more: object = {}): string | undefined {
  const found = mountsOf({ mounts: [], ...config }, { ...sources, ...more }).find(({ destination }) => destination === target);
  return found && [found.type, found.source, ...found.options].join(' ');
}

describe('mounts', () => {
  it('lie over what is around them, so that nothing hides the files of the engine', () => {
    const order = destinations('/etc/app/conf', '/etc', '/dev');
    const place = (target: string): number => order.indexOf(target);
    expect(place('/etc')).toBeLessThan(place('/etc/hosts'));
    expect(place('/etc')).toBeLessThan(place('/etc/resolv.conf'));
    expect(place('/etc')).toBeLessThan(place('/etc/app/conf'));
    expect(place('/dev')).toBeLessThan(place('/dev/pts'));
    expect(order.filter((target) => target === '/dev')).toHaveLength(1);
  });

  it('of the user win at the same place', () => {
    expect(destinations('/etc/hosts').filter((target) => target === '/etc/hosts')).toHaveLength(1);
  });

  it('have the options that were asked for', () => {
    const bind = { type: 'bind' as const, source: '/src', target: '/b', readonly: true, propagation: 'rshared' };
    expect(optionsOf({ mounts: [bind] }, '/b')).toBe('bind /src rbind rshared ro');
    expect(optionsOf({ mounts: [{ ...bind, nonRecursive: true }] }, '/b')).toBe('bind /src bind rshared ro');
    const volume = { type: 'volume' as const, source: '/vol', target: '/v', readonly: false, subpath: 'in' };
    expect(optionsOf({ mounts: [volume] }, '/v', { resolved: new Map([['/v', '/found']]) })).toBe('bind /found rbind rprivate rw');
    const tmpfs = { type: 'tmpfs' as const, source: '', target: '/t', readonly: false, tmpfsBytes: 65_536, tmpfsMode: 0o1770 };
    expect(optionsOf({ mounts: [tmpfs] }, '/t')).toBe('tmpfs tmpfs noexec nosuid nodev size=65536 mode=1770 rw');
    const storage = { shmBytes: 1_048_576, tmpfs: { '/run': 'exec,size=1m,ro' }, volumesFrom: [] };
    expect(optionsOf({ storage }, '/run')).toBe('tmpfs tmpfs exec nosuid nodev size=1m ro');
    expect(optionsOf({ storage }, '/dev/shm')).toBe('tmpfs shm nosuid noexec nodev mode=1777 size=1048576');
  });

  it('of the system are as privileges and namespaces want them', () => {
    const security = { readOnly: true, privileged: true, capAdd: [], capDrop: [], securityOptions: [], groupAdd: [] };
    expect(optionsOf({}, '/sys')).toContain(' ro');
    expect(optionsOf({ security }, '/sys')).not.toContain(' ro');
    expect(optionsOf({ security }, '/sys/fs/cgroup')).not.toContain(' ro');
    expect(optionsOf({ security }, '/etc/hosts')).toBe('bind /home/hosts bind rprivate ro');
    const namespaces = { ipcMode: 'none', pidMode: '', utsMode: '', cgroupnsMode: '', usernsMode: '', domainname: '', sysctls: {} } as const;
    expect(optionsOf({ namespaces }, '/dev/shm')).toBeUndefined();
    expect(optionsOf({}, '/dev/shm', { shm: '/other/shm' })).toBe('bind /other/shm rbind rprivate');
    expect(optionsOf({}, '/sbin/docker-init', { init: '/usr/bin/tini-static' })).toBe('bind /usr/bin/tini-static bind rprivate ro');
  });
});
