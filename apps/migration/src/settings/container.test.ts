import { toCreateOrder } from './container.ts';
import type { Json } from './json.ts';
import { toCreateRequest } from './order-wire.ts';
import type { ContainerOrder } from './order.ts';
import { withOwnWords } from './podman.ts';
import { type Surroundings, surroundingsOf } from './surroundings.ts';

const id = 'ab'.repeat(32);
const otherId = 'cd'.repeat(32);

interface Parts {
  readonly config?: Json;
  readonly host?: Json;
  readonly networks?: Json;
  readonly mounts?: readonly Json[];
  readonly image?: Json;
}

const container = ({ config = {}, host = {}, networks = {}, mounts = [] }: Parts): Json => ({
  Id: id,
  Name: '/web',
  Image: 'sha256:1',
  Config: { Image: 'app', Hostname: id.slice(0, 12), ...config },
  HostConfig: { NetworkMode: 'default', ...host },
  NetworkSettings: { Networks: networks },
  Mounts: mounts,
});

const other: Json = { Id: otherId, Name: '/db', NetworkSettings: { Networks: {} } };
const around = (...containers: Json[]): Surroundings => surroundingsOf('docker', [other, ...containers], [{ Id: 'net1', Name: 'back' }]);
const podman: Surroundings = { ...around(), source: 'podman' };

const mapped = (parts: Parts, surroundings = around()) => toCreateOrder(container(parts), { RepoTags: ['app:latest'], Config: parts.image ?? {} }, surroundings);
const order = (parts: Parts, surroundings?: Surroundings): ContainerOrder => mapped(parts, surroundings).order;
const lost = (parts: Parts, surroundings?: Surroundings): readonly string[] => mapped(parts, surroundings).lost;

describe('a container of docker', () => {
  it('keeps the name of its image while that still means it, else the id', () => {
    expect(order({}).image).toBe('app');
    expect(order({ config: { Image: 'docker.io/library/app:latest' } }).image).toBe('docker.io/library/app:latest');
    expect(order({ config: { Image: 'app:2' } }).image).toBe('sha256:1');
    expect(toCreateOrder(container({}), undefined, around()).order.image).toBe('sha256:1');
  });

  it('says its command whole, so that nothing is taken from the image by mistake', () => {
    expect(order({ config: { Entrypoint: ['/run'], Cmd: null } })).toMatchObject({ entrypoint: ['/run'], clearEntrypoint: false, cmd: [] });
    expect(order({ config: { Entrypoint: null, Cmd: ['sh'] } })).toMatchObject({ entrypoint: [], clearEntrypoint: true, cmd: ['sh'] });
    expect(order({ config: { Entrypoint: '/run' } }).entrypoint).toEqual(['/run']);
  });

  it('has variables, and tells of those that were taken away', () => {
    const image = { Env: ['A=1', 'B=2'] };
    expect(order({ image, config: { Env: ['A=1', 'B', 'C=x=y', 'D='] } }).env).toEqual({ A: '1', C: 'x=y', D: '' });
    expect(lost({ image, config: { Env: ['A=1', 'B', 'E'] } })).toEqual([expect.stringContaining('variable B')]);
  });

  it('is root in / where the image says otherwise and it does not', () => {
    expect(order({ image: { User: 'www', WorkingDir: '/srv' } })).toMatchObject({ user: '0', workingDir: '/' });
    expect(order({ image: { User: 'www' }, config: { User: 'www', WorkingDir: '/x' } })).toMatchObject({ user: 'www', workingDir: '/x' });
    expect(order({})).toMatchObject({ user: '', workingDir: '' });
  });

  it('has a name as a host only if somebody gave it one', () => {
    expect(order({}).hostname).toBe('');
    expect(order({ config: { Hostname: 'shop', Domainname: 'example.org' } })).toMatchObject({ hostname: 'shop', domainname: 'example.org' });
    expect(order({ config: { Hostname: 'host' }, host: { UTSMode: 'host' } }).hostname).toBe('');
    expect(order({ config: { Hostname: 'host' }, host: { NetworkMode: `container:${otherId}` } }).hostname).toBe('');
    expect(order({ config: { Hostname: 'my_shop' } }).hostname).toBe('');
    expect(lost({ config: { Hostname: 'my_shop' } })).toEqual([expect.stringContaining('my_shop')]);
  });

  it('is stopped, started again and looked at as before', () => {
    const config = { StopSignal: 'INT', StopTimeout: 0, Healthcheck: { Test: ['CMD', 'x'], Interval: 5e9, Retries: 2 } };
    const host = { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 }, Init: false, AutoRemove: true };
    expect(order({ config, host })).toMatchObject({
      stopSignal: 'INT',
      stopTimeout: 0,
      healthCheck: { test: ['CMD', 'x'], interval: 5e9, retries: 2, timeout: 0 },
      restart: { name: 'on-failure', maximumRetries: 3 },
      init: false,
      autoRemove: true,
    });
    expect(order({ host: { RestartPolicy: { Name: '' } } }).restart).toEqual({ name: 'no', maximumRetries: 0 });
    expect(order({})).not.toHaveProperty('stopTimeout');
    expect(lost({ config: { StopTimeout: -1 } })).toHaveLength(1);
  });

  it('has no check where its image has one that was taken away', () => {
    const image = { Healthcheck: { Test: ['CMD', 'x'] } };
    expect(order({ image }).healthCheck).toMatchObject({ test: ['NONE'] });
    expect(order({}).healthCheck).toBeUndefined();
    expect(order({ config: { Healthcheck: { Test: ['/check', 'x'] } } }).healthCheck?.test).toEqual(['CMD', '/check', 'x']);
  });

  it('names the containers that it shares something with', () => {
    const host = { NetworkMode: `container:${otherId}`, PidMode: 'container:db', IpcMode: `container:${otherId.slice(0, 12)}`, VolumesFrom: ['db:ro', 'gone'] };
    const { order: made, needs } = mapped({ host });
    expect(made.network.mode).toBe('container:db');
    expect(made.isolation).toMatchObject({ pidMode: 'container:db', ipcMode: 'container:db' });
    expect(made.volumesFrom).toEqual(['db:ro']);
    expect(needs).toEqual(['db']);
  });

  it('keeps its limits', () => {
    const host = { Memory: 1e8, MemorySwap: 2e8, CpuQuota: 50_000, CpuPeriod: 100_000, PidsLimit: 9, OomKillDisable: true, MemorySwappiness: 0, OomScoreAdj: -5 };
    expect(order({ host }).limits).toMatchObject({ memory: 1e8, memorySwap: 2e8, cpuQuota: 50_000, cpus: 0, pidsLimit: 9, oomKillDisable: true, memorySwappiness: 0, oomScoreAdj: -5 });
    expect(order({ host: { NanoCpus: 15e8, CpuQuota: 150_000, CpuPeriod: 100_000 } }).limits).toMatchObject({ cpus: 1.5, cpuQuota: 0, cpuPeriod: 0 });
    expect(order({ host: { MemorySwap: -1, MemorySwappiness: -1, CpuQuota: -1 } }).limits).toMatchObject({ memorySwap: 0, cpuQuota: 0 });
    expect(order({ host: { MemorySwappiness: -1 } }).limits).not.toHaveProperty('memorySwappiness');
    expect(order({ host: { BlkioDeviceReadBps: [{ Path: '/dev/sda', Rate: 7 }] } }).limits.readBps).toEqual([{ path: '/dev/sda', value: 7 }]);
  });

  it('keeps as much of its output, and tells of drivers and options that are not here', () => {
    const log = (Type: string, Config: Json | null) => ({ host: { LogConfig: { Type, Config } } });
    expect(order(log('json-file', { 'max-size': '10m', 'max-file': '3' })).log).toEqual({ driver: '', maxBytes: 10_000_000, maxFiles: 3 });
    expect(order(log('none', null)).log.driver).toBe('none');
    expect(lost(log('local', null))).toEqual([]);
    expect(lost(log('syslog', { 'syslog-address': 'udp://x' }))).toEqual([expect.stringContaining('syslog'), expect.stringContaining('syslog-address=udp://x')]);
  });

  it('tells of every setting that is not carried, also of those that nobody knows yet', () => {
    const host = { StorageOpt: { size: '1G' }, DeviceRequests: [{ Count: 1 }], KernelMemory: 5, Runtime: 'runsc', Isolation: 'default', FromTheFuture: true };
    expect(lost({ host, config: { Later: 'x' } })).toEqual([
      'Config.Later: x',
      'HostConfig.StorageOpt: {"size":"1G"}',
      'HostConfig.DeviceRequests: [{"Count":1}]',
      'HostConfig.KernelMemory: 5',
      'HostConfig.FromTheFuture: true',
      'runtime runsc: here it is runc',
    ]);
  });
});

describe('isolation', () => {
  it('is the same, and what only others know is told', () => {
    const SecurityOpt = ['no-new-privileges', 'seccomp={"defaultAction":"SCMP_ACT_ALLOW"}', 'label=type:x', 'writable-cgroups=true', 'seccomp=/etc/profile.json'];
    expect(order({ host: { SecurityOpt } }).isolation.securityOptions).toEqual(SecurityOpt.slice(0, 3));
    expect(lost({ host: { SecurityOpt } })).toEqual(['security option writable-cgroups=true', 'security option seccomp=/etc/profile.json']);
  });

  it('leaves /proc and /sys open where nothing is masked', () => {
    const open = { MaskedPaths: [], ReadonlyPaths: [] };
    expect(order({ host: open }).isolation.securityOptions).toEqual(['systempaths=unconfined']);
    expect(order({ host: { MaskedPaths: null, ReadonlyPaths: null } }).isolation.securityOptions).toEqual([]);
    expect(order({ host: { ...open, Privileged: true } }).isolation.securityOptions).toEqual([]);
    expect(lost({ host: { MaskedPaths: ['/proc/kcore', '/proc/mine'], ReadonlyPaths: ['/proc/sys'] } })).toEqual(['/proc/mine is hidden or read-only']);
    expect(lost({ host: { MaskedPaths: [], ReadonlyPaths: ['/proc/sys'] } })).toHaveLength(1);
  });

  it('has devices and limits by their names', () => {
    const Devices = [{ PathOnHost: '/dev/fuse', PathInContainer: '/dev/f', CgroupPermissions: 'r' }];
    expect(order({ host: { Devices } }).isolation.devices).toEqual([{ hostPath: '/dev/fuse', containerPath: '/dev/f', permissions: 'r' }]);
    expect(order({ host: { Devices, Privileged: true } }).isolation.devices).toEqual([]);
    expect(order({ host: { Ulimits: [{ Name: 'RLIMIT_NOFILE', Soft: 1, Hard: 2 }] } }).limits.ulimits).toEqual([{ name: 'nofile', soft: 1, hard: 2 }]);
    expect(lost({ host: { UsernsMode: 'keep-id' } })).toHaveLength(1);
  });
});

describe('mounts', () => {
  const volume = (Name: string, Destination: string, RW = true): Json => ({ Type: 'volume', Name, Source: `/var/${Name}`, Destination, RW, Driver: 'local' });
  const bind = (Source: string, Destination: string): Json => ({ Type: 'bind', Source, Destination, RW: true, Propagation: 'rslave' });

  it('are volumes by name, also those without one, with what was said of them', () => {
    const host = { Binds: ['data:/data:ro,nocopy'], Mounts: [{ Type: 'volume', Target: '/sub/', VolumeOptions: { Subpath: 'a/b', NoCopy: true } }] };
    const [data, sub, anonymous] = order({ host, mounts: [volume('data', '/data', false), volume('other', '/sub'), volume(id, '/anon')] }).mounts;
    expect(data).toMatchObject({ type: 'volume', source: 'data', target: '/data', readonly: true, noCopy: true, subpath: '' });
    expect(sub).toMatchObject({ source: 'other', noCopy: true, subpath: 'a/b' });
    expect(anonymous).toMatchObject({ source: id, noCopy: false, readonly: false });
  });

  it('are binds; a missing source of -v is made, propagation is what was asked for', () => {
    const host = { Binds: ['/a:b:/in:rshared,Z'], Mounts: [{ Type: 'bind', Target: '/two', BindOptions: { Propagation: 'slave', NonRecursive: true, ReadOnlyForceRecursive: true } }] };
    const parts = { host, mounts: [bind('/a:b', '/in'), bind('/c', '/two'), bind('/d', '/three')] };
    expect(order(parts).mounts).toMatchObject([
      { type: 'bind', source: '/a:b', propagation: 'rshared', createSource: true, nonRecursive: false },
      { source: '/c', propagation: 'slave', createSource: false, nonRecursive: true },
      { source: '/d', propagation: '', createSource: false, nonRecursive: false },
    ]);
    expect(lost(parts)).toEqual(['Z of the mount at /in', 'ReadOnlyForceRecursive of the bind at /two']);
  });

  it('are tmpfs in one of two forms', () => {
    const tmpfs = (target: string): Json => ({ Type: 'tmpfs', Source: '', Destination: target, RW: true });
    const host = { Tmpfs: { '/run': 'size=1m,rprivate,tmpcopyup,noexec' }, Mounts: [{ Type: 'tmpfs', Target: '/t', TmpfsOptions: { SizeBytes: 5, Mode: 0o777 + 2 ** 20, Options: [['exec']] } }] };
    const parts = { host, mounts: [tmpfs('/t'), tmpfs('/run')] };
    expect(order(parts)).toMatchObject({ mounts: [{ type: 'tmpfs', target: '/t', tmpfsBytes: 5, tmpfsMode: 0o1777 }], tmpfs: { '/run': 'size=1m,noexec' } });
    expect(order(parts).mounts).toHaveLength(1);
    expect(lost(parts)).toEqual(['options of the tmpfs at /t: [["exec"]]', 'tmpcopyup of the tmpfs at /run']);
  });

  it('of another kind are told', () => {
    expect(mapped({ mounts: [{ Type: 'npipe', Destination: '/p' }] })).toMatchObject({ order: { mounts: [] }, lost: ['mount of type npipe at /p'] });
  });
});

describe('networks', () => {
  const endpoint = (more: Json = {}): Json => ({ IPAMConfig: null, Aliases: null, EndpointID: 'e', ...more });

  it('come with the addresses and names that were asked for', () => {
    const back = endpoint({ IPAMConfig: { IPv4Address: '10.1.0.5', IPv6Address: 'fd00::5' }, Aliases: ['api', id.slice(0, 12), 'web'], IPAddress: '10.1.0.9' });
    const parts = { config: { MacAddress: '02:00:00:00:00:01' }, host: { NetworkMode: 'net1' }, networks: { front: endpoint({ IPAddress: '10.2.0.9' }), back } };
    expect(order(parts).network).toMatchObject({
      mode: 'back',
      attachments: [
        { network: 'back', ipv4: '10.1.0.5', ipv6: 'fd00::5', mac: '02:00:00:00:00:01', aliases: ['api'] },
        { network: 'front', ipv4: '', ipv6: '', mac: '', aliases: [] },
      ],
    });
  });

  it('are bridge, host, none or none of their own', () => {
    const mode = (NetworkMode: string, networks: Json = {}, config: Json = {}): string => order({ host: { NetworkMode }, networks, config }).network.mode;
    expect(mode('default', { bridge: endpoint() })).toBe('bridge');
    expect(order({ networks: { podman: endpoint() } }, podman).network.mode).toBe('bridge');
    expect(mode('podman', { podman: endpoint() })).toBe('podman');
    expect(mode('bridge', { back: endpoint() })).toBe('back');
    expect(mode('slirp4netns')).toBe('bridge');
    expect(mode('back')).toBe('back');
    expect(mode('host', { host: endpoint() })).toBe('host');
    expect(mode('none', { none: endpoint() })).toBe('none');
    expect(mode('default', {}, { NetworkDisabled: true })).toBe('none');
  });

  it('publish ports where there is one of its own', () => {
    const PortBindings = { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }, { HostIp: '', HostPort: '' }], '81/udp': [{ HostPort: '9000-9010' }], '9/sctp': [{ HostPort: '9' }], '99/tcp': null };
    const parts = { host: { PortBindings, PublishAllPorts: true }, config: { ExposedPorts: { '80/tcp': {}, '9/sctp': {} } } };
    expect(order(parts).network).toMatchObject({
      ports: [
        { containerPort: 80, hostPort: 8080, protocol: 'tcp', hostIp: '127.0.0.1' },
        { containerPort: 80, hostPort: 0, protocol: 'tcp', hostIp: '' },
        { containerPort: 81, hostPort: 9000, lastHostPort: 9010, protocol: 'udp', hostIp: '' },
      ],
      exposed: ['80/tcp'],
      publishAll: true,
    });
    expect(toCreateRequest(order(parts))).toMatchObject({ container: { ports: [{ hostPort: 8080 }, { hostPort: 0 }] }, options: { portRanges: [{ hostPort: 9000, lastHostPort: 9010 }] } });
    expect(lost(parts)).toEqual([expect.stringContaining('9/sctp'), expect.stringContaining('9/sctp')]);
    expect(order({ host: { ...parts.host, NetworkMode: 'host' } }).network).toMatchObject({ ports: [], publishAll: false });
  });

  it('have the names that links give to others', () => {
    const linking: Json = { Id: 'ef'.repeat(32), Name: '/client', NetworkSettings: { Networks: { back: endpoint({ Links: ['web:site', `${id}:web`] }) } } };
    const networks = { back: endpoint() };
    expect(order({ networks, host: { NetworkMode: 'back' } }, around(container({ networks }), linking)).network.attachments).toMatchObject([{ aliases: ['site'] }]);
    expect(lost({ networks: { back: endpoint({ Links: ['db:database', 'db:db'] }) } })).toEqual(['link db:database: everybody on that network finds the name']);
    expect(lost({ host: { Links: ['/db:/web/database'] } })).toEqual([expect.stringContaining('link to db as database')]);
  });

  it('tell what is only known elsewhere', () => {
    const networks = { back: endpoint({ DriverOpts: { x: 'y' }, GwPriority: 5, IPAMConfig: { LinkLocalIPs: ['169.254.1.1'] } }) };
    expect(lost({ networks })).toHaveLength(3);
  });
});

describe('a container of podman', () => {
  it('has the address that it uses, for nobody tells whether it was chosen', () => {
    const networks = { back: { EndpointID: '', IPAMConfig: null, IPAddress: '10.1.0.7', GlobalIPv6Address: '' }, podman: { EndpointID: '', IPAddress: '10.88.0.2' } };
    expect(order({ networks, host: { NetworkMode: 'bridge' } }, podman).network.attachments).toMatchObject([
      { network: 'bridge', ipv4: '' },
      { network: 'back', ipv4: '10.1.0.7' },
    ]);
  });

  it('tells more in its own words: what is not carried, and the address of one that does not run', () => {
    const usual = { Config: { Umask: '0022', Timezone: '', Timeout: 0, HealthcheckOnFailureAction: 'none', Secrets: null, CreateCommand: ['podman', 'run'] }, Pod: '' };
    const there = container({ networks: { back: { EndpointID: '', IPAddress: '' } }, host: { NetworkMode: 'bridge' } });
    const plain = toCreateOrder(withOwnWords(there, usual), undefined, podman);
    expect([plain.lost, plain.order.network.attachments]).toEqual([[], [expect.objectContaining({ ipv4: '', ipv6: '' })]]);
    const Config = { Umask: '0077', Timezone: 'Europe/Berlin', Timeout: 20, HealthcheckOnFailureAction: 'kill', Secrets: [{ Name: 'key' }], CreateCommand: ['podman', 'run', '--ip', '10.1.0.9', '--ip6=fd00::9', 'app'] };
    const rich = toCreateOrder(withOwnWords(there, { Config, Pod: 'ab' }), undefined, podman);
    expect(rich.lost).toEqual(['secret key', 'time zone Europe/Berlin', 'umask 0077', 'an end 20 s after each start', 'kill when it is unhealthy', 'its pod']);
    expect(rich.order.network.attachments).toMatchObject([{ ipv4: '10.1.0.9', ipv6: 'fd00::9' }]);
  });

  it('is without what podman adds to all', () => {
    const config = { Env: ['container=podman', 'TERM=xterm', `HOSTNAME=${id.slice(0, 12)}`, 'A=1'] };
    const host = { PidMode: 'private', UTSMode: 'private', Runtime: 'oci', MemorySwappiness: 0, Annotations: { 'io.podman.annotations.x': 'y', mine: 'z' } };
    const made = order({ config, host }, podman);
    expect(made).toMatchObject({ env: { A: '1' }, annotations: { mine: 'z' }, isolation: { pidMode: '', utsMode: '' } });
    expect(Object.keys(made.env)).toEqual(['A']);
    expect(made.limits).not.toHaveProperty('memorySwappiness');
    expect(order({ config }, around()).env).toHaveProperty('container');
  });
});
