import { readFileSync } from 'node:fs';
import { failedPrecondition, invalidArgument } from '@arcbox/errors';
import type { HostAbilities } from '../spec/host.ts';
import { type BlockDevices, checkBlockDevices, hasRates } from './block-devices.ts';
import { checkSet, onlineSets, type OnlineSets } from './cpu-set.ts';
import { checkUlimits, type Ulimit, ulimitBounds, type UlimitBounds } from './ulimits.ts';

/** Limits that arcbox.v1 has no field for; what is undefined is not limited. Bytes. */
export interface Resources {
  readonly ulimits?: readonly Ulimit[];
  /** -1 for any number. */
  readonly pidsLimit?: number;
  /** `0-2,4` */
  readonly cpusetCpus?: string;
  readonly cpusetMems?: string;
  readonly memoryReservation?: number;
  readonly oomScoreAdj?: number;
  readonly oomKillDisable?: true;
  readonly memorySwappiness?: number;
  readonly blkioWeight?: number;
  readonly blockDevices?: BlockDevices;
}

/** What a request says; 0, empty and undefined are unset. */
export interface ResourcesRequest {
  readonly ulimits: readonly Ulimit[];
  readonly pidsLimit: number;
  readonly cpusetCpus: string;
  readonly cpusetMems: string;
  readonly memoryReservation: number;
  readonly oomScoreAdj?: number;
  readonly oomKillDisable: boolean;
  readonly memorySwappiness?: number;
  readonly blkioWeight: number;
  /** Undefined: none. */
  readonly blockDevices?: BlockDevices;
}

/** What the host has and this process may. */
export interface ResourceBounds extends OnlineSets, UlimitBounds {
  readonly oomScoreAdj: number;
}

/** As for the limit itself: less, and the runtime does not fit; bytes. */
const minReservation = 6 * 1024 * 1024;

/** The kernel's PID_MAX_LIMIT. */
const maxPids = 4 * 1024 * 1024;

/** Checks what was asked for. INVALID_ARGUMENT for what makes no sense, FAILED_PRECONDITION for what this host cannot do. */
export function validateResources(request: ResourcesRequest, memory: number | undefined, bounds: ResourceBounds): Resources {
  const { ulimits, pidsLimit, cpusetCpus, cpusetMems, memoryReservation } = request;
  const { oomScoreAdj, oomKillDisable, memorySwappiness, blkioWeight } = request;
  checkPids(pidsLimit);
  if (cpusetCpus !== '') checkSet('cpuset_cpus', cpusetCpus, bounds.cpus);
  if (cpusetMems !== '') checkSet('cpuset_mems', cpusetMems, bounds.mems);
  checkReservation(memoryReservation, memory);
  if (oomScoreAdj !== undefined) checkScore(oomScoreAdj, bounds);
  checkRange('memory_swappiness', memorySwappiness ?? 0, 0, 100);
  if (blkioWeight !== 0) checkRange('blkio_weight', blkioWeight, 10, 1000);
  const blockDevices = request.blockDevices && checkBlockDevices(request.blockDevices);
  return {
    ...(ulimits.length > 0 ? { ulimits: checkUlimits(ulimits, bounds) } : {}),
    ...(pidsLimit === 0 ? {} : { pidsLimit }),
    ...(cpusetCpus === '' ? {} : { cpusetCpus }),
    ...(cpusetMems === '' ? {} : { cpusetMems }),
    ...(memoryReservation === 0 ? {} : { memoryReservation }),
    ...(oomScoreAdj === undefined ? {} : { oomScoreAdj }),
    ...(oomKillDisable ? { oomKillDisable } : {}),
    ...(memorySwappiness === undefined ? {} : { memorySwappiness }),
    ...(blkioWeight === 0 ? {} : { blkioWeight }),
    ...(blockDevices ? { blockDevices } : {}),
  };
}

function checkRange(what: string, value: number, least: number, most: number): void {
  if (value < least || value > most) throw invalidArgument(`${what} must be between ${least} and ${most}, not ${value}`);
}

function checkPids(limit: number): void {
  if (limit < -1 || limit > maxPids) throw invalidArgument(`pids_limit must be -1, 0 or up to ${maxPids}, not ${limit}`);
}

function checkReservation(reservation: number, memory: number | undefined): void {
  if (reservation === 0) return;
  if (reservation < minReservation) throw invalidArgument('minimum memory_reservation allowed is 6 MiB');
  if (reservation > Number.MAX_SAFE_INTEGER) throw invalidArgument(`memory_reservation is absurdly large: ${reservation}`);
  if (memory !== undefined && reservation > memory) throw invalidArgument('memory_reservation cannot be more than the memory limit');
}

function checkScore(score: number, bounds: ResourceBounds): void {
  checkRange('oom_score_adj', score, -1000, 1000);
  if (score >= bounds.oomScoreAdj || bounds.unbounded) return;
  throw failedPrecondition(`oom_score_adj ${score}: the engine has no right to go below its own, ${bounds.oomScoreAdj}`);
}

/** What the host cannot do, or what is dangerous, although it was asked for. */
export function resourceWarnings(resources: Resources, memory: number | undefined, host: HostAbilities): string[] {
  const { oomKillDisable, memorySwappiness, blkioWeight, blockDevices } = resources;
  const onlyV1 = (what: string): string => `${what} is not there with cgroup v2: it is left out`;
  return [
    ...(oomKillDisable && host.unified ? [onlyV1('oom_kill_disable')] : []),
    ...(oomKillDisable && !host.unified && memory === undefined
      ? ['nothing is killed when memory runs out, and there is no memory limit: the host may run out of memory']
      : []),
    ...(memorySwappiness !== undefined && host.unified ? [onlyV1('memory_swappiness')] : []),
    ...(blkioWeight !== undefined && !host.blockWeights ? ['the kernel knows no weights of block io: blkio_weight is left out'] : []),
    ...(blockDevices && blockDevices.weights.length > 0 && !host.blockWeights
      ? ['the kernel knows no weights of block io: blkio_weight_devices are left out']
      : []),
    ...(blockDevices && hasRates(blockDevices) && !host.blockRates ? ['the kernel knows no limits of block io: they are left out'] : []),
  ];
}

export function resourceBounds({ unified, allCapabilities }: HostAbilities): ResourceBounds {
  const oomScoreAdj = Number(readFileSync('/proc/self/oom_score_adj', 'utf8'));
  return { ...onlineSets(unified), ...ulimitBounds(allCapabilities), oomScoreAdj };
}
