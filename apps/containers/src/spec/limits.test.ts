import { cgroupLimits } from './cgroup-limits.ts';
import { validateLimits } from './limits.ts';

const none = { memory: 0, memorySwap: 0, cpuShares: 0, cpuQuota: 0, cpuPeriod: 0, cpus: 0 };
const host = { kernel: '6.1', unified: false, capabilities: [], allCapabilities: [], lacking: [], swapAccounting: true, blockWeights: true, blockRates: true, lacksX32: false, apparmor: false };
const mebibyte = 1024 * 1024;

describe('limits', () => {
  it('come into one form', () => {
    expect(validateLimits(none, 2)).toEqual({});
    expect(validateLimits({ ...none, memory: 8 * mebibyte }, 2)).toEqual({ memory: 8 * mebibyte, memorySwap: 16 * mebibyte });
    expect(validateLimits({ ...none, memory: 8 * mebibyte, memorySwap: -1 }, 2)).toMatchObject({ memorySwap: -1 });
    expect(validateLimits({ ...none, cpus: 1.5 }, 2)).toEqual({ cpus: 1.5 });
    expect(validateLimits({ ...none, cpuQuota: 5000, cpuPeriod: 20_000, cpuShares: 512 }, 2)).toEqual({ cpuQuota: 5000, cpuPeriod: 20_000, cpuShares: 512 });
  });

  it.each([
    [{ memory: 6 * mebibyte - 1 }, 'minimum memory limit allowed is 6 MiB'],
    [{ memorySwap: 5 }, 'memory_swap needs a memory limit'],
    [{ memory: 8 * mebibyte, memorySwap: mebibyte }, 'cannot be less than the memory limit'],
    [{ memory: 8 * mebibyte, memorySwap: -2 }, 'memory_swap must be -1, 0 or a number of bytes'],
    [{ cpus: 1, cpuQuota: 5000 }, 'cpus cannot be combined with cpu_quota or cpu_period'],
    [{ cpus: 1, cpuPeriod: 5000 }, 'cpus cannot be combined'],
    [{ cpus: 3 }, 'cpus is 3, but there are only 2 CPUs'],
    [{ cpus: -1 }, 'cpus must not be negative'],
    [{ cpus: Number.NaN }, 'cpus must not be negative'],
    [{ cpuPeriod: 10 }, 'cpu_period must be between'],
    [{ cpuQuota: 10 }, 'cpu_quota must be at least'],
    [{ cpuShares: 1 }, 'cpu_shares must be between'],
    [{ cpuQuota: 2 ** 44 }, 'cpu_quota must be at most'],
    [{ memory: 8 * mebibyte, memorySwap: 2 ** 63 }, 'memory_swap is absurdly large'],
  ])('%j is refused', (part, message) => expect(() => validateLimits({ ...none, ...part }, 2)).toThrow(message));

  it('leave swap alone where it is not accounted', () => {
    const limits = { memory: 8 * mebibyte, memorySwap: 8 * mebibyte };
    expect(cgroupLimits({ limits }, host).memory).toEqual({ limit: 8 * mebibyte, swap: 8 * mebibyte });
    expect(cgroupLimits({ limits }, { ...host, swapAccounting: false }).memory).toEqual({ limit: 8 * mebibyte });
  });

  it('give the runtime what this kind of cgroup knows', () => {
    const resources = {
      pidsLimit: 7,
      cpusetCpus: '0',
      cpusetMems: '0',
      memoryReservation: 6 * mebibyte,
      oomKillDisable: true,
      memorySwappiness: 0,
      blkioWeight: 300,
    } as const;
    const wanted = { limits: { cpus: 1.5, cpuShares: 512 }, resources };
    const common = { cpu: { quota: 150_000, period: 100_000, shares: 512, cpus: '0', mems: '0' }, pids: { limit: 7 } };
    const memory = { reservation: 6 * mebibyte, swappiness: 0, disableOOMKiller: true };
    expect(cgroupLimits(wanted, host)).toEqual({ ...common, memory, blockIO: { weight: 300 } });
    const unified = cgroupLimits(wanted, { ...host, unified: true, blockWeights: false });
    expect(unified).toEqual({ ...common, memory: { reservation: 6 * mebibyte } });
  });
});
