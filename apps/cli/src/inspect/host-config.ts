import type { BlockDeviceValue, CreateOptions, InspectResponse, MountOptions } from '@arcbox/proto/arcbox/engine/v1/container';
import { bindingsToDocker } from './port-map.ts';
import { listOrNull, mapFrom, mapOf } from './shape.ts';

/** The part called `HostConfig`: what the host gives and limits. */
export function hostConfigToDocker(found: InspectResponse): object {
  const { options, portBindings, networkMode, autoRemove } = found;
  return {
    Binds: listOrNull((options?.mounts ?? []).flatMap(bindOf)),
    LogConfig: logToDocker(options),
    NetworkMode: networkMode || 'bridge',
    PortBindings: bindingsToDocker([...portBindings, ...(options?.portRanges ?? [])]),
    RestartPolicy: {
      Name: options?.restartPolicy?.name || 'no',
      MaximumRetryCount: options?.restartPolicy?.maximumRetries ?? 0,
    },
    AutoRemove: autoRemove,
    VolumesFrom: listOrNull(options?.volumesFrom ?? []),
    PublishAllPorts: options?.publishAll ?? false,
    Dns: options?.dns ?? [],
    DnsOptions: options?.dnsOptions ?? [],
    DnsSearch: options?.dnsSearch ?? [],
    ExtraHosts: listOrNull(options?.extraHosts ?? []),
    ...isolationToDocker(options),
    ...limitsToDocker(found),
    Tmpfs: mapFrom(options?.tmpfs),
    Init: options?.init ?? null,
  };
}

function isolationToDocker(options: CreateOptions | undefined): object {
  return {
    CapAdd: listOrNull(options?.capAdd ?? []),
    CapDrop: listOrNull(options?.capDrop ?? []),
    CgroupnsMode: options?.cgroupnsMode ?? '',
    GroupAdd: listOrNull(options?.groupAdd ?? []),
    IpcMode: options?.ipcMode || 'private',
    PidMode: options?.pidMode ?? '',
    UTSMode: options?.utsMode ?? '',
    UsernsMode: options?.usernsMode ?? '',
    CgroupParent: options?.cgroupParent ?? '',
    Privileged: options?.privileged ?? false,
    ReadonlyRootfs: options?.readOnly ?? false,
    SecurityOpt: listOrNull(options?.securityOptions ?? []),
    Sysctls: mapFrom(options?.sysctls),
    Annotations: mapFrom(options?.annotations),
    Devices: (options?.devices ?? []).map(({ hostPath, containerPath, permissions }) => ({
      PathOnHost: hostPath,
      PathInContainer: containerPath || hostPath,
      CgroupPermissions: permissions || 'rwm',
    })),
    DeviceCgroupRules: listOrNull(options?.deviceCgroupRules ?? []),
  };
}

function limitsToDocker({ limits, options }: InspectResponse): object {
  const pids = Number(options?.pidsLimit ?? 0n);
  return {
    OomScoreAdj: options?.oomScoreAdj ?? 0,
    ShmSize: Number(options?.shmBytes || 64n * 1024n * 1024n),
    CpuShares: Number(limits?.cpuShares ?? 0n),
    Memory: Number(limits?.memoryBytes ?? 0n),
    NanoCpus: Math.round((limits?.cpus ?? 0) * 1e9),
    BlkioWeight: options?.blkioWeight ?? 0,
    BlkioWeightDevice: (options?.blkioWeightDevices ?? []).map(({ path, value }) => ({ Path: path, Weight: Number(value) })),
    BlkioDeviceReadBps: ratesToDocker(options?.deviceReadBps),
    BlkioDeviceWriteBps: ratesToDocker(options?.deviceWriteBps),
    BlkioDeviceReadIOps: ratesToDocker(options?.deviceReadIops),
    BlkioDeviceWriteIOps: ratesToDocker(options?.deviceWriteIops),
    CpuPeriod: Number(limits?.cpuPeriod ?? 0n),
    CpuQuota: Number(limits?.cpuQuota ?? 0n),
    CpusetCpus: options?.cpusetCpus ?? '',
    CpusetMems: options?.cpusetMems ?? '',
    MemoryReservation: Number(options?.memoryReservation ?? 0n),
    MemorySwap: Number(limits?.memorySwap ?? 0n),
    MemorySwappiness: options?.memorySwappiness ?? null,
    OomKillDisable: options?.oomKillDisable ?? false,
    PidsLimit: pids === 0 ? null : pids,
    Ulimits: (options?.ulimits ?? []).map(({ name, hard, soft }) => ({
      Name: name,
      Hard: Number(hard),
      Soft: Number(soft),
    })),
  };
}

const ratesToDocker = (limits: readonly BlockDeviceValue[] = []): object[] =>
  limits.map(({ path, value }) => ({ Path: path, Rate: Number(value) }));

function logToDocker(options: CreateOptions | undefined): object {
  const { driver, maxBytes = 0n, maxFiles = 0 } = options?.log ?? {};
  const config: [string, string][] = [];
  if (maxFiles > 0) config.push(['max-file', String(maxFiles)]);
  if (maxBytes > 0n) config.push(['max-size', String(maxBytes)]);
  return { Type: driver || 'local', Config: mapOf(config) };
}

/** As `-v` had it: `/host:/inside:ro`. */
function bindOf({ mount, propagation }: MountOptions): string[] {
  if (!mount || mount.type === 'tmpfs' || !mount.source) return [];
  const modes = [...(mount.readonly ? ['ro'] : []), ...(propagation ? [propagation] : [])];
  return [[mount.source, mount.target, ...(modes.length > 0 ? [modes.join(',')] : [])].join(':')];
}
