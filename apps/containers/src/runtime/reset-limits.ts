import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { OciResources } from '../spec/oci.ts';
import { cgroupDirectory, isUnified } from './cgroup.ts';

type Limits = Pick<OciResources, 'memory' | 'cpu' | 'pids' | 'blockIO'>;

/** A limit -> what says in the kernel that there is none: controller, then file and text of v1 and of v2. */
const unlimited = {
  'memory.swap': ['memory', ['memory.memsw.limit_in_bytes', '-1'], ['memory.swap.max', 'max']],
  'memory.limit': ['memory', ['memory.limit_in_bytes', '-1'], ['memory.max', 'max']],
  'memory.reservation': ['memory', ['memory.soft_limit_in_bytes', '-1'], ['memory.low', '0']],
  'cpu.shares': ['cpu', ['cpu.shares', '1024'], ['cpu.weight', '100']],
  'cpu.quota': ['cpu', ['cpu.cfs_quota_us', '-1'], ['cpu.max', 'max']],
  'cpu.period': ['cpu', ['cpu.cfs_period_us', '100000'], ['cpu.max', 'max 100000']],
  'cpu.cpus': ['cpuset', ['cpuset.cpus', undefined], ['cpuset.cpus', '']],
  'cpu.mems': ['cpuset', ['cpuset.mems', undefined], ['cpuset.mems', '']],
  'pids.limit': ['pids', ['pids.max', 'max'], ['pids.max', 'max']],
  'blockIO.weight': ['blkio', ['blkio.bfq.weight', '100'], ['io.weight', '100']],
} as const;

/** Takes away the limits that `was` has and `will` does not: the runtime has no words for that. */
export function resetLimits(cgroup: string, was: Limits, will: Limits): void {
  const [had, has] = [namesIn(was), namesIn(will)];
  for (const [name, [controller, v1, v2]] of Object.entries(unlimited)) {
    if (!had.has(name) || has.has(name)) continue;
    const [file, text] = isUnified() ? v2 : v1;
    const path = join(cgroupDirectory(cgroup, controller), file);
    // Some are not there: swap that is not accounted, weights of another scheduler.
    if (existsSync(path)) writeFileSync(path, text ?? inherited(path, file));
  }
}

/** A v1 cpuset cannot be empty: that of its parent. */
function inherited(path: string, file: string): string {
  return readFileSync(join(dirname(dirname(path)), file), 'utf8');
}

function namesIn(limits: Limits): Set<string> {
  const groups: [string, object][] = Object.entries(limits);
  const given = (fields: object): string[] => Object.entries(fields).flatMap(([field, value]) => (value === undefined ? [] : [field]));
  return new Set(groups.flatMap(([group, fields]) => given(fields).map((field) => `${group}.${field}`)));
}
