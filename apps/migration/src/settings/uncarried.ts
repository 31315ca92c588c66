import { isSet, type Json, objectOf, objectsOf, shown, textOf, textsOf } from './json.ts';
import { uncarriedOfPodman } from './podman.ts';

/** What is read of each part of a container. */
const read: Sections = {
  '': ['Id', 'Name', 'Image', 'HostConfig', 'Config', 'NetworkSettings', 'Mounts', 'Podman'],
  Config: [
    ...['Hostname', 'Domainname', 'User', 'ExposedPorts', 'Tty', 'OpenStdin', 'StdinOnce', 'Env', 'Cmd', 'Healthcheck', 'Image', 'WorkingDir'],
    ...['Entrypoint', 'NetworkDisabled', 'MacAddress', 'Labels', 'StopSignal', 'StopTimeout'],
  ],
  HostConfig: [
    ...['Binds', 'Mounts', 'Tmpfs', 'VolumesFrom', 'LogConfig', 'NetworkMode', 'PortBindings', 'PublishAllPorts', 'Links', 'RestartPolicy', 'AutoRemove'],
    ...['Init', 'Annotations', 'CapAdd', 'CapDrop', 'SecurityOpt', 'MaskedPaths', 'ReadonlyPaths', 'Privileged', 'ReadonlyRootfs', 'GroupAdd'],
    ...['Devices', 'DeviceCgroupRules', 'Sysctls', 'IpcMode', 'PidMode', 'UTSMode', 'UsernsMode', 'CgroupnsMode', 'CgroupParent', 'Runtime'],
    ...['Dns', 'DnsOptions', 'DnsSearch', 'ExtraHosts', 'OomScoreAdj', 'OomKillDisable', 'ShmSize', 'Memory', 'MemorySwap', 'MemoryReservation'],
    ...['MemorySwappiness', 'NanoCpus', 'CpuShares', 'CpuPeriod', 'CpuQuota', 'CpusetCpus', 'CpusetMems', 'PidsLimit', 'Ulimits', 'BlkioWeight'],
    ...['BlkioWeightDevice', 'BlkioDeviceReadBps', 'BlkioDeviceWriteBps', 'BlkioDeviceReadIOps', 'BlkioDeviceWriteIOps'],
  ],
  NetworkSettings: ['Networks'],
};

/** What follows from something else, says how a run went, or is about the client that made it. */
const derived: Sections = {
  '': [
    ...['Created', 'Path', 'Args', 'State', 'ResolvConfPath', 'HostnamePath', 'HostsPath', 'LogPath', 'RestartCount', 'Driver', 'Platform', 'MountLabel'],
    ...['ProcessLabel', 'AppArmorProfile', 'ExecIDs', 'GraphDriver', 'Storage', 'SizeRw', 'SizeRootFs', 'ImageManifestDescriptor', 'Node'],
  ],
  // What the image says to those who build on it or of its volumes, which are among the mounts.
  Config: ['AttachStdin', 'AttachStdout', 'AttachStderr', 'Volumes', 'OnBuild', 'Shell', 'ArgsEscaped'],
  // The driver of a volume is a matter of the volume.
  HostConfig: ['ContainerIDFile', 'VolumeDriver', 'ConsoleSize'],
  NetworkSettings: [
    ...['Bridge', 'SandboxID', 'SandboxKey', 'Ports', 'EndpointID', 'Gateway', 'IPAddress', 'IPPrefixLen', 'IPv6Gateway', 'GlobalIPv6Address'],
    ...['GlobalIPv6PrefixLen', 'MacAddress', 'HairpinMode', 'LinkLocalIPv6Address', 'LinkLocalIPv6PrefixLen'],
    ...['SecondaryIPAddresses', 'SecondaryIPv6Addresses'],
  ],
};

type Sections = { readonly [section: string]: readonly string[] };

/** Runtimes that do the same with a container. */
const runtimes = new Set(['', 'runc', 'crun', 'oci', 'io.containerd.runc.v2', 'io.containerd.runtime.v1.linux']);

/** Settings of a container that nobody reads, among them those that did not exist when this was written. */
export function uncarried(container: Json): string[] {
  const host = objectOf(container['HostConfig']);
  const unread = Object.keys(read).flatMap((section) => unreadOf(section, section === '' ? container : objectOf(container[section])));
  const runtime = textOf(host['Runtime']);
  return [...unread, ...(runtimes.has(runtime) ? [] : [`runtime ${runtime}: here it is runc`]), ...linksOf(container), ...uncarriedOfPodman(objectOf(container['Podman']))];
}

function unreadOf(section: string, part: Json): string[] {
  const known = new Set([...(read[section] ?? []), ...(derived[section] ?? [])]);
  return Object.entries(part)
    .filter(([name, value]) => !known.has(name) && isSet(value) && !(name === 'Isolation' && value === 'default'))
    .map(([name, value]) => `${section === '' ? '' : `${section}.`}${name}: ${shown(value)}`);
}

/** On a network of its own a link becomes a name that all find; on the network `bridge` nobody has names. */
function linksOf(container: Json): string[] {
  const onBridge = textsOf(objectOf(container['HostConfig'])['Links']).map((link) => {
    const [target = '', alias = ''] = link.split(':');
    return `link to ${target.replace(/^\//, '')} as ${alias.replace(/^.*\//, '')} on network bridge, where there are no names`;
  });
  const endpoints = objectsOf(Object.values(objectOf(objectOf(container['NetworkSettings'])['Networks'])));
  const others = endpoints.flatMap(({ Links }) => textsOf(Links)).filter((link) => new Set(link.split(':')).size > 1);
  return [...onBridge, ...others.map((link) => `link ${link}: everybody on that network finds the name`)];
}
