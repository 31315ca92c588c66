import type { PortBinding, ResourceLimits } from '@arcbox/proto/arcbox/v1/common';
import type {
  ContainerInfo,
  ContainerState,
  ContainerStatsResponse,
  ContainerSummary,
  CreateContainerRequest,
} from '@arcbox/proto/arcbox/v1/container';
import { type Container, isRunning } from './record/container.ts';
import type { Wish } from './create/create.ts';
import { portsOf } from './show/filters.ts';
import { argumentsOf } from './spec/command.ts';
import type { LimitsRequest } from './spec/limits.ts';
import type { Sample } from './show/stats.ts';
import { statusText } from './show/status-text.ts';
import { parseNano } from './record/time.ts';

/** What arcbox.v1 cannot say about a container. */
export type Extras = Omit<Wish, keyof CreateContainerRequest>;

export function toWish(request: CreateContainerRequest, extras: Extras): Wish {
  const { limits, ...rest } = request;
  return {
    ...rest,
    limits: toLimits(limits),
    ...extras,
  };
}

export function toLimits(limits: ResourceLimits | undefined): LimitsRequest {
  return {
    memory: Number(limits?.memoryBytes ?? 0),
    memorySwap: Number(limits?.memorySwap ?? 0),
    cpuShares: Number(limits?.cpuShares ?? 0),
    cpuQuota: Number(limits?.cpuQuota ?? 0),
    cpuPeriod: Number(limits?.cpuPeriod ?? 0),
    cpus: limits?.cpus ?? 0,
  };
}

export function toSummary(container: Container, nowMs: number, sizes?: { rw: number }): ContainerSummary {
  const { id, name, config, status } = container;
  return {
    id,
    names: [`/${name}`],
    image: config.image.reference,
    imageId: config.image.id,
    command: argumentsOf(config).join(' '),
    created: parseNano(config.created) / 1_000_000_000n,
    state: status.state,
    status: statusText(container, nowMs),
    ports: toPorts(container),
    labels: config.labels,
    sizeRw: BigInt(sizes?.rw ?? 0),
    sizeRootFs: sizes ? BigInt(sizes.rw + config.image.size) : 0n,
  };
}

/** Published ports; one that waits for its container has no host port yet. */
export function toPorts(container: Container): PortBinding[] {
  return isRunning(container) ? portsOf(container).map((port) => ({ ...port })) : [];
}

export function toInfo(container: Container): ContainerInfo {
  const { id, name, config, status } = container;
  const created = parseNano(config.created);
  const [path = '', ...args] = argumentsOf(config);
  const endpoint = status.network?.endpoints[0];
  return {
    id,
    name: `/${name}`,
    created: { seconds: created / 1_000_000_000n, nanos: Number(created % 1_000_000_000n) },
    path,
    args,
    state: toState(container),
    image: config.image.reference,
    config: {
      hostname: config.hostname,
      domainname: config.namespaces?.domainname ?? '',
      user: config.user,
      workingDir: config.workingDir,
      cmd: [...config.cmd],
      entrypoint: [...config.entrypoint],
      env: [...config.env],
      image: config.image.reference,
      labels: config.labels,
      tty: config.tty,
      openStdin: config.stdinOpen,
    },
    networkSettings: {
      ipAddress: endpoint?.ipv4.split('/')[0] ?? '',
      gateway: endpoint?.gateway ?? '',
      macAddress: endpoint?.mac ?? '',
      networkId: endpoint?.networkId ?? '',
    },
    mounts: config.mounts.map(({ type, source, target, readonly }) => ({ type, source, destination: target, rw: !readonly })),
  };
}

function toState(container: Container): ContainerState {
  const { status } = container;
  return {
    status: status.state,
    running: isRunning(container),
    paused: status.state === 'paused',
    restarting: status.state === 'restarting',
    oomKilled: status.oomKilled,
    dead: status.state === 'dead',
    pid: status.process?.pid ?? 0,
    exitCode: status.exitCode,
    error: status.error,
    startedAt: status.startedAt,
    finishedAt: status.finishedAt,
  };
}

export function toStats(sample: Sample | undefined): Partial<ContainerStatsResponse> {
  if (!sample) return {};
  return {
    cpuUsage: sample.cpu,
    systemCpuUsage: sample.systemCpu,
    onlineCpus: sample.cpus,
    memoryUsage: sample.memory,
    memoryLimit: sample.memoryLimit,
    networkRxBytes: sample.received,
    networkTxBytes: sample.sent,
    blockReadBytes: sample.blockRead,
    blockWriteBytes: sample.blockWritten,
    pids: sample.pids,
  };
}
