import type { CreateOptions, DeepPartial, InspectResponse } from '@arcbox/proto/arcbox/engine/v1/container';
import type { ResourceLimits } from '@arcbox/proto/arcbox/v1/common';
import type { Config, Limits } from '../record/config.ts';
import { formatNetworkMode } from '../change/network-mode.ts';
import { toHealth, toHealthCheck } from '../health/health-wire.ts';
import type { Healths } from '../health/healths.ts';
import type { Inspected } from './inspect.ts';
import { isRange } from '../options/exposure.ts';
import { toIsolation } from '../options/isolation-wire.ts';
import { toConnectedNetworks, toNetworking } from '../options/networking-wire.ts';
import { toResources } from '../options/resources-wire.ts';
import type { Places } from '../record/places.ts';
import { apparmorProfileOf } from '../spec/apparmor.ts';
import type { HostAbilities } from '../spec/host.ts';
import { toInfo, toPorts } from '../wire.ts';

export interface InspectWireDeps {
  readonly healths: Healths;
  readonly places: Places;
  readonly host: HostAbilities;
}

export function toInspect(deps: InspectWireDeps, { container, execIds, written }: Inspected): DeepPartial<InspectResponse> {
  const { id, config, status } = container;
  return {
    info: toInfo(container),
    imageId: config.image.id,
    options: { ...toOptions(config), healthCheck: toHealthCheck(container) },
    limits: toResourceLimits(config.limits),
    networkMode: formatNetworkMode(config.network),
    portBindings: config.ports.filter((port) => !isRange(port)).map((port) => ({ ...port })),
    ports: toPorts(container),
    networks: toConnectedNetworks(container),
    restartCount: status.restarts ?? 0,
    health: toHealth(deps, container),
    logPath: config.logs.driver === 'none' ? '' : deps.places.logFile(id),
    execIds: [...execIds],
    sizeRw: BigInt(written ?? 0),
    sizeRootFs: BigInt(written === undefined ? 0 : written + config.image.size),
    autoRemove: config.autoRemove,
    apparmorProfile: apparmorProfileOf(config.security, deps.host) ?? '',
  };
}

function toOptions(config: Config): DeepPartial<CreateOptions> {
  const { name, maximumRetries } = config.restart ?? { name: 'no', maximumRetries: 0 };
  return { restartPolicy: { name, maximumRetries }, ...toResources(config), ...toIsolation(config), ...toNetworking(config) };
}

function toResourceLimits({ memory = 0, memorySwap = 0, cpuShares = 0, cpuQuota = 0, cpuPeriod = 0, cpus = 0 }: Limits): ResourceLimits {
  return {
    memoryBytes: BigInt(memory),
    memorySwap: BigInt(memorySwap),
    cpuShares: BigInt(cpuShares),
    cpuQuota: BigInt(cpuQuota),
    cpuPeriod: BigInt(cpuPeriod),
    cpus,
  };
}
