import type { Config, Limits } from '../record/config.ts';
import type { HostAbilities } from './host.ts';
import type { OciBlockIo, OciResources } from './oci.ts';

type Wanted = Pick<Config, 'limits' | 'resources'>;
type Resources = NonNullable<Wanted['resources']>;
type Cgroup = Pick<OciResources, 'memory' | 'cpu' | 'pids' | 'blockIO'>;

/** Of the kernel's CFS bandwidth control, where nobody says otherwise; microseconds. */
const defaultPeriod = 100_000;

/** Limits in the words of the runtime, without what the host does not know; those of single devices are as they were found. */
export function cgroupLimits({ limits, resources = {} }: Wanted, host: HostAbilities, ofDevices: Omit<OciBlockIo, 'weight'> = {}): Cgroup {
  const { pidsLimit, cpusetCpus: cpus, cpusetMems: mems, blkioWeight } = resources;
  const memory = memoryLimits(limits, resources, host);
  const blockIO = { ...(blkioWeight === undefined || !host.blockWeights ? {} : { weight: blkioWeight }), ...ofDevices };
  return {
    ...(Object.keys(memory).length > 0 ? { memory } : {}),
    cpu: { shares: limits.cpuShares, ...bandwidth(limits), cpus, mems },
    ...(pidsLimit === undefined ? {} : { pids: { limit: pidsLimit } }),
    ...(Object.keys(blockIO).length > 0 ? { blockIO } : {}),
  };
}

/** Quota and period, also where they were asked for as a number of CPUs. */
export function bandwidth({ cpus, cpuQuota: quota, cpuPeriod: period }: Limits): { quota?: number; period?: number } {
  return cpus === undefined ? { quota, period } : { quota: Math.round(cpus * defaultPeriod), period: defaultPeriod };
}

function memoryLimits({ memory, memorySwap }: Limits, resources: Resources, host: HostAbilities): NonNullable<Cgroup['memory']> {
  const { memoryReservation: reservation, memorySwappiness: swappiness, oomKillDisable: disableOOMKiller } = resources;
  return {
    ...(memory === undefined ? {} : { limit: memory, ...(host.swapAccounting ? { swap: memorySwap } : {}) }),
    ...(reservation === undefined ? {} : { reservation }),
    ...(swappiness === undefined || host.unified ? {} : { swappiness }),
    ...(disableOOMKiller && !host.unified ? { disableOOMKiller } : {}),
  };
}
