import { availableParallelism, hostname as hostName } from 'node:os';
import { posix } from 'node:path';
import { invalidArgument } from '@arcbox/errors';
import type { Config, NetworkMode } from '../record/config.ts';
import { type Container, shortId } from '../record/container.ts';
import type { Containers } from '../record/containers.ts';
import type { CreateDeps, Wish } from './create.ts';
import { planCheck } from '../health/health-check.ts';
import type { ResolvedImage } from '../clients/images-client.ts';
import { planMounts } from './mounts.ts';
import { parseNetworkMode } from '../change/network-mode.ts';
import { checkCount, publishedPorts, readExposed } from '../options/exposure.ts';
import { checkIsolation } from '../options/isolation.ts';
import { validateLog } from '../options/log-options.ts';
import { checkNetworking, wantedMode } from '../options/networking.ts';
import { resourceBounds, validateResources } from '../options/resources.ts';
import { mountsFrom } from '../options/storage.ts';
import { validatePorts } from './ports.ts';
import { parseSignal } from '../stop/signals.ts';
import { chooseCommand } from '../spec/command.ts';
import { mergeEnvironment } from '../spec/environment.ts';
import { validateLimits } from '../spec/limits.ts';
import { formatNano, nowNano } from '../record/time.ts';

/** What a container will be: everything that can be said without touching the system. INVALID_ARGUMENT names what is wrong. */
export function draftConfig(deps: Pick<CreateDeps, 'containers' | 'host' | 'logLimits'>, id: string, wish: Wish, { id: imageId, config: image, size }: ResolvedImage): Config {
  const find = (reference: string): Container => deps.containers.find(reference);
  const mode = wantedMode(wish);
  const network = parseNetworkMode(mode, find);
  const isolation = checkIsolation(wish.isolation, { find, network, ...wish });
  const { storage } = isolation;
  const others = { shared: mountsFrom(storage?.volumesFrom ?? [], find), tmpfs: Object.keys(storage?.tmpfs ?? {}) };
  const ports = validatePorts([...wish.ports, ...(wish.isolation?.portRanges ?? [])]);
  const limits = validateLimits(wish.limits, availableParallelism());
  if (ports.length > 0 && network.kind !== 'network') {
    throw invalidArgument(`ports cannot be published with network mode ${mode}`);
  }
  const config: Config = {
    created: formatNano(nowNano()),
    image: { id: imageId, reference: wish.image, size },
    ...chooseCommand({ ...wish, clearEntrypoint: wish.isolation?.clearEntrypoint }, image),
    env: mergeEnvironment(image.env, wish.env),
    workingDir: absolute(wish.workingDir || image.workingDir),
    user: wish.user || image.user,
    hostname: wish.hostname || defaultHostname(deps.containers, id, { network, isUtsShared: isolation.namespaces?.utsMode === 'host' }),
    tty: wish.tty,
    stdinOpen: wish.stdinOpen,
    stopSignal: image.stopSignal === undefined ? undefined : String(parseSignal(image.stopSignal)),
    labels: { ...image.labels, ...wish.labels },
    mounts: planMounts([...wish.mounts, ...(wish.isolation?.furtherMounts ?? [])], image.volumes, others),
    ports,
    exposed: [...new Set([...image.exposed, ...readExposed(wish.isolation?.exposedPorts ?? [])])],
    limits,
    resources: validateResources(wish.resources, limits.memory, resourceBounds(deps.host)),
    network,
    networking: checkNetworking(wish.networking, network),
    autoRemove: wish.autoRemove,
    restart: wish.restart,
    healthCheck: planCheck(wish.healthCheck, image),
    logs: validateLog(wish.log, deps.logLimits),
    root: [],
    ...isolation,
    ...(wish.internal ? { internal: wish.internal } : {}),
  };
  checkCount(publishedPorts(config).length);
  return config;
}

function defaultHostname(containers: Containers, id: string, { network, isUtsShared }: { network: NetworkMode; isUtsShared: boolean }): string {
  if (isUtsShared || network.kind === 'host') return hostName();
  return network.kind === 'container' ? containers.find(network.id).config.hostname : shortId(id);
}

function absolute(path: string): string {
  if (path === '') return '';
  if (!path.startsWith('/')) throw invalidArgument(`working_dir must be an absolute path: ${path}`);
  return posix.normalize(path);
}
