import { constants } from 'node:os';

/** JSON of an inspect, as far as it is looked at. */
export type Inspected = { readonly [name: string]: unknown };

/** Whose words these are: the same setting may be said in two ways, or be a matter of the engine. */
const ofEngine: Readonly<Record<string, readonly string[]>> = {
  // How a client was attached; what an image says to builds; volumes are compared as mounts.
  Config: ['AttachStdin', 'AttachStdout', 'AttachStderr', 'OnBuild', 'Volumes', 'Hostname', 'Env', 'StopSignal', 'CreateCommand', 'Umask', 'Timeout'],
  // Mounts are compared as what they lead to, logs and ports below.
  HostConfig: [
    ...['Binds', 'Mounts', 'LogConfig', 'ContainerIDFile', 'VolumeDriver', 'ConsoleSize', 'Isolation', 'Runtime', 'MaskedPaths', 'ReadonlyPaths'],
    ...['PortBindings', 'NetworkMode', 'Links', 'Tmpfs', 'Ulimits', 'CapAdd', 'CapDrop', 'PidMode', 'UTSMode', 'Devices', 'CpuPeriod', 'CpuQuota', 'RestartPolicy'],
  ],
};

/** What two engines have to say alike of one container, whoever of them says it. */
export function settingsOf(inspected: Inspected, id = String(inspected['Id'])): unknown {
  const [config, host] = [part(inspected, 'Config'), part(inspected, 'HostConfig')];
  const hostname = String(config['Hostname']);
  return {
    name: inspected['Name'],
    image: inspected['Image'],
    config: set({ ...without(config, ofEngine['Config']), Hostname: id.startsWith(hostname) ? '' : hostname }),
    env: own(list(config['Env'])).sort(),
    stopSignal: signalOf(String(config['StopSignal'] || 'TERM')),
    host: set(without(host, ofEngine['HostConfig'])),
    restart: [part(host, 'RestartPolicy')['Name'] || 'no', part(host, 'RestartPolicy')['MaximumRetryCount']],
    capabilities: [host['CapAdd'], host['CapDrop']].map((names) => list(names).map((name) => name.replace(/^CAP_/, '')).sort()),
    modes: [host['PidMode'], host['UTSMode']].map((mode) => (mode === 'private' ? '' : mode)),
    cpus: host['NanoCpus'] ? [] : [host['CpuPeriod'], host['CpuQuota']],
    ulimits: objects(host['Ulimits']).map((limit) => ({ ...limit, Name: String(limit['Name']).toLowerCase().replace('rlimit_', '') })),
    devices: objects(host['Devices']).map(({ PathOnHost, PathInContainer, CgroupPermissions }) => [PathOnHost, PathInContainer, CgroupPermissions || 'rwm']),
    ports: Object.entries(part(host, 'PortBindings')).filter(([, bindings]) => bindings !== null).sort(),
    tmpfs: Object.keys(part(host, 'Tmpfs')).sort(),
    mounts: objects(inspected['Mounts']).map(mountOf).sort(),
    networks: Object.entries(part(part(inspected, 'NetworkSettings'), 'Networks'))
      .filter(([name]) => name !== 'none')
      .map(([name, endpoint]) => networkOf(name, endpoint, [id, String(inspected['Name']).slice(1)])),
  };
}

/** What podman says to all. */
const own = (env: string[]): string[] => env.filter((entry) => !/^(container=podman|TERM=xterm|HOSTNAME=.*)$/.test(entry));

/** `INT`, `SIGINT` and `2` are one. */
function signalOf(name: string): unknown {
  return constants.signals[`SIG${name.replace(/^SIG/, '')}` as NodeJS.Signals] ?? Number(name);
}

function mountOf({ Type, Name, Source, Destination, RW }: Inspected): string {
  return JSON.stringify([Destination, Type, Type === 'volume' ? Name : Type === 'bind' ? Source : '', RW]);
}

/** Its own names are no aliases, though some engines list them. */
function networkOf(name: string, endpoint: unknown, [id = '', own = '']: readonly string[]): unknown {
  const fields = (endpoint ?? {}) as Inspected;
  const address = part(fields, 'IPAMConfig')['IPv4Address'] ?? fields['IPAddress'];
  return [name === 'podman' ? 'bridge' : name, address, list(fields['Aliases']).filter((alias) => alias !== own && !id.startsWith(alias)).sort()];
}

function part(of: Inspected, name: string): Inspected {
  return (of[name] ?? {}) as Inspected;
}

const list = (value: unknown): string[] => (value ?? []) as string[];
const objects = (value: unknown): Inspected[] => (value ?? []) as Inspected[];

function without(of: Inspected, names: readonly string[] = []): Inspected {
  return Object.fromEntries(Object.entries(of).filter(([name]) => !names.includes(name)));
}

/** Without what nobody has set: null, empty, 0, -1 of the swappiness and false are the same to all. */
function set(of: Inspected): Inspected {
  return Object.fromEntries(Object.entries(of).filter(([name, value]) => value && !(name === 'MemorySwappiness' && value === -1) && JSON.stringify(value) !== '[]' && JSON.stringify(value) !== '{}'));
}
