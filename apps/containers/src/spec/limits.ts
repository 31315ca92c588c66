import { invalidArgument } from '@arcbox/errors';
import type { Limits } from '../record/config.ts';
import type { HostAbilities } from './host.ts';

/** What a request says; 0 is unset. */
export interface LimitsRequest {
  readonly memory: number;
  readonly memorySwap: number;
  readonly cpuShares: number;
  readonly cpuQuota: number;
  readonly cpuPeriod: number;
  readonly cpus: number;
}

/** Less than this, and runc itself does not fit; bytes. */
const minMemory = 6 * 1024 * 1024;

/** Bounds of the kernel's CFS bandwidth control, microseconds: kernel/sched/sched.h, MAX_BW. */
const [minPeriod, maxPeriod, minQuota, maxQuota] = [1_000, 1_000_000, 1_000, 2 ** 44 - 1];

/** Checks limits and brings them into one form. INVALID_ARGUMENT says which is wrong and why. */
export function validateLimits(request: LimitsRequest, onlineCpus: number): Limits {
  return { ...memoryLimits(request), ...cpuLimits(request, onlineCpus) };
}

function memoryLimits({ memory, memorySwap }: LimitsRequest): Limits {
  if (memory > 0 && memory < minMemory) throw invalidArgument('minimum memory limit allowed is 6 MiB');
  if (memory > Number.MAX_SAFE_INTEGER) throw invalidArgument(`memory limit is absurdly large: ${memory}`);
  if (memorySwap > Number.MAX_SAFE_INTEGER) throw invalidArgument(`memory_swap is absurdly large: ${memorySwap}`);
  if (memorySwap < -1) throw invalidArgument(`memory_swap must be -1, 0 or a number of bytes, not ${memorySwap}`);
  if (memorySwap !== 0 && memory === 0) throw invalidArgument('memory_swap needs a memory limit');
  if (memorySwap > 0 && memorySwap < memory) {
    throw invalidArgument('memory_swap is memory and swap together and cannot be less than the memory limit');
  }
  if (memory === 0) return {};
  return { memory, memorySwap: memorySwap === 0 ? Math.min(2 * memory, Number.MAX_SAFE_INTEGER) : memorySwap };
}

function cpuLimits({ cpuShares, cpuQuota, cpuPeriod, cpus }: LimitsRequest, onlineCpus: number): Limits {
  if (!(cpus >= 0)) throw invalidArgument(`cpus must not be negative: ${cpus}`);
  if (cpus > 0 && (cpuQuota !== 0 || cpuPeriod !== 0)) {
    throw invalidArgument('cpus cannot be combined with cpu_quota or cpu_period');
  }
  if (cpus > onlineCpus) throw invalidArgument(`cpus is ${cpus}, but there are only ${onlineCpus} CPUs`);
  if (cpus > 0 && cpus < 0.01) throw invalidArgument('cpus must be at least 0.01');
  if (cpuPeriod !== 0 && (cpuPeriod < minPeriod || cpuPeriod > maxPeriod)) {
    throw invalidArgument('cpu_period must be between 1000 and 1000000 microseconds');
  }
  if (cpuQuota !== 0 && cpuQuota < minQuota) throw invalidArgument('cpu_quota must be at least 1000 microseconds');
  if (cpuQuota > maxQuota) throw invalidArgument(`cpu_quota must be at most ${maxQuota} microseconds`);
  if (cpuShares !== 0 && (cpuShares < 2 || cpuShares > 262_144)) {
    throw invalidArgument('cpu_shares must be between 2 and 262144');
  }
  return {
    ...(cpuShares > 0 ? { cpuShares } : {}),
    ...(cpus > 0 ? { cpus } : {}),
    ...(cpuQuota > 0 ? { cpuQuota } : {}),
    ...(cpuPeriod > 0 ? { cpuPeriod } : {}),
  };
}

/** What the host cannot do although it was asked for. */
export function limitWarnings(limits: Limits, host: HostAbilities): string[] {
  return limits.memorySwap !== undefined && !host.swapAccounting
    ? ['the kernel does not account swap: memory is limited, swap is not']
    : [];
}
