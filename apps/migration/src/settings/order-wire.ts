import type { CreateOptions, CreateRequest, DeepPartial, HealthCheck, MountOptions } from '@arcbox/proto/arcbox/engine/v1/container';
import type { CreateNetworkRequest, CreateVolumeRequest } from '@arcbox/proto/arcbox/v1/api';
import type { UserNetworkOrder } from './network.ts';
import type { ContainerOrder, DeviceValue, HealthCheckOrder, IsolationOrder, LimitsOrder, MountOrder, NetworkOrder } from './order.ts';
import type { VolumeOrder } from './volume.ts';

/** arcbox.engine.v1.ContainerService.Create */
export function toCreateRequest(order: ContainerOrder): DeepPartial<CreateRequest> {
  const { network, limits, isolation } = order;
  return {
    container: {
      name: order.name,
      image: order.image,
      cmd: [...order.cmd],
      entrypoint: [...order.entrypoint],
      env: order.env,
      workingDir: order.workingDir,
      user: order.user,
      ports: network.ports.filter(({ lastHostPort }) => lastHostPort === undefined).map((port) => ({ ...port })),
      limits: limitsOf(limits),
      labels: order.labels,
      hostname: order.hostname,
      tty: order.tty,
      stdinOpen: order.stdinOpen,
      networkMode: network.mode,
    },
    autoRemove: order.autoRemove,
    options: { ...ofLife(order), ...ofNetwork(network), ...ofIsolation(isolation), ...ofLimits(limits) },
  };
}

function ofLife(order: ContainerOrder): DeepPartial<CreateOptions> {
  return {
    restartPolicy: order.restart,
    ...(order.healthCheck ? { healthCheck: toHealthCheck(order.healthCheck) } : {}),
    stopSignal: order.stopSignal,
    stopTimeoutSeconds: order.stopTimeout,
    init: order.init,
    stdinOnce: order.stdinOnce,
    clearEntrypoint: order.clearEntrypoint,
    domainname: order.domainname,
    annotations: order.annotations,
    mounts: order.mounts.map(toMount),
    tmpfs: order.tmpfs,
    volumesFrom: [...order.volumesFrom],
    log: { driver: order.log.driver, maxBytes: BigInt(order.log.maxBytes), maxFiles: order.log.maxFiles },
  };
}

function toHealthCheck({ test, interval, timeout, startPeriod, startInterval, retries }: HealthCheckOrder): DeepPartial<HealthCheck> {
  return {
    test: [...test],
    intervalNanos: BigInt(interval),
    timeoutNanos: BigInt(timeout),
    startPeriodNanos: BigInt(startPeriod),
    startIntervalNanos: BigInt(startInterval),
    retries,
  };
}

function toMount({ type, source, target, readonly, tmpfsBytes, ...further }: MountOrder): DeepPartial<MountOptions> {
  return { mount: { type, source, target, readonly }, tmpfsBytes: BigInt(tmpfsBytes), ...further };
}

function ofNetwork({ attachments, ports, exposed, publishAll, dns, dnsSearch, dnsOptions, extraHosts }: NetworkOrder): DeepPartial<CreateOptions> {
  return {
    networks: attachments.map(({ network, ipv4, ipv6, mac, aliases }) => ({ network, ipv4Address: ipv4, ipv6Address: ipv6, macAddress: mac, aliases: [...aliases] })),
    exposedPorts: [...exposed],
    publishAll,
    portRanges: ports.filter(({ lastHostPort }) => lastHostPort !== undefined).map((port) => ({ ...port })),
    dns: [...dns],
    dnsSearch: [...dnsSearch],
    dnsOptions: [...dnsOptions],
    extraHosts: [...extraHosts],
  };
}

function ofIsolation(isolation: IsolationOrder): DeepPartial<CreateOptions> {
  return {
    ...isolation,
    capAdd: [...isolation.capAdd],
    capDrop: [...isolation.capDrop],
    securityOptions: [...isolation.securityOptions],
    groupAdd: [...isolation.groupAdd],
    devices: isolation.devices.map((device) => ({ ...device })),
    deviceCgroupRules: [...isolation.deviceCgroupRules],
  };
}

function limitsOf({ memory, memorySwap, cpuShares, cpuQuota, cpuPeriod, cpus }: LimitsOrder): NonNullable<DeepPartial<CreateRequest>['container']>['limits'] {
  return {
    memoryBytes: BigInt(memory),
    memorySwap: BigInt(memorySwap),
    cpuShares: BigInt(cpuShares),
    cpuQuota: BigInt(cpuQuota),
    cpuPeriod: BigInt(cpuPeriod),
    cpus,
  };
}

function ofLimits(limits: LimitsOrder): DeepPartial<CreateOptions> {
  return {
    memoryReservation: BigInt(limits.memoryReservation),
    memorySwappiness: limits.memorySwappiness,
    oomKillDisable: limits.oomKillDisable,
    oomScoreAdj: limits.oomScoreAdj,
    shmBytes: BigInt(limits.shmBytes),
    cpusetCpus: limits.cpusetCpus,
    cpusetMems: limits.cpusetMems,
    pidsLimit: BigInt(limits.pidsLimit),
    ulimits: limits.ulimits.map(({ name, soft, hard }) => ({ name, soft: BigInt(soft), hard: BigInt(hard) })),
    blkioWeight: limits.blkioWeight,
    blkioWeightDevices: limits.blkioWeightDevices.map(toValue),
    deviceReadBps: limits.readBps.map(toValue),
    deviceWriteBps: limits.writeBps.map(toValue),
    deviceReadIops: limits.readIops.map(toValue),
    deviceWriteIops: limits.writeIops.map(toValue),
  };
}

const toValue = ({ path, value }: DeviceValue): { path: string; value: bigint } => ({ path, value: BigInt(value) });

/** arcbox.v1.VolumeService.Create */
export function toVolumeRequest({ name, options, labels }: VolumeOrder): DeepPartial<CreateVolumeRequest> {
  return { name, driver: 'local', driverOpts: options, labels };
}

/** Option of ipam for a network of IPv6 alone, with its value. */
export const withoutIPv4Option = { 'com.docker.network.enable_ipv4': 'false' };

/** arcbox.v1.NetworkService.Create */
export function toNetworkRequest({ name, internal, ipv6, withoutIPv4, labels, subnets }: UserNetworkOrder): DeepPartial<CreateNetworkRequest> {
  return {
    name,
    driver: 'bridge',
    internal,
    enableIpv6: ipv6,
    labels,
    ipam: { driver: 'default', options: withoutIPv4 ? withoutIPv4Option : {}, subnets: subnets.map(({ subnet, gateway, range }) => ({ subnet, gateway, ipRange: range })) },
  };
}
