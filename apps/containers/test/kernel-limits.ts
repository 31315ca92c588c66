import { isUnified, readCgroup } from '../src/runtime/cgroup.ts';
import { cgroupPath } from '../src/spec/cgroup-path.ts';

/** A limit -> controller, file of cgroup v1 and file of v2. */
const files = {
  memory: ['memory', 'memory.limit_in_bytes', 'memory.max'],
  reservation: ['memory', 'memory.soft_limit_in_bytes', 'memory.low'],
  pids: ['pids', 'pids.max', 'pids.max'],
  cpus: ['cpuset', 'cpuset.cpus', 'cpuset.cpus'],
  mems: ['cpuset', 'cpuset.mems', 'cpuset.mems'],
} as const;

/** What the kernel enforces for a container now. */
export function kernelLimit(id: string, name: keyof typeof files): string | undefined {
  const [controller, v1, v2] = files[name];
  return readCgroup(cgroupPath({ id }), controller, isUnified() ? v2 : v1);
}

/** Microseconds of CPU time in each period; `undefined` for any. */
export function kernelBandwidth(id: string): { quota: number | undefined; period: number } {
  const read = (file: string): string => readCgroup(cgroupPath({ id }), 'cpu', file) ?? '';
  const [quota, period] = isUnified() ? read('cpu.max').split(' ') : [read('cpu.cfs_quota_us'), read('cpu.cfs_period_us')];
  const isAny = quota === 'max' || quota === '-1';
  return { quota: isAny ? undefined : Number(quota), period: Number(period) };
}

/** Memory and swap together; undefined where the kernel does not account swap. */
export function kernelSwap(id: string): string | undefined {
  if (!isUnified()) return readCgroup(cgroupPath({ id }), 'memory', 'memory.memsw.limit_in_bytes');
  const swap = readCgroup(cgroupPath({ id }), 'memory', 'memory.swap.max');
  return swap === undefined || swap === 'max' ? swap : String(Number(swap) + Number(kernelLimit(id, 'memory')));
}
