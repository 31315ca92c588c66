import { freeze, hasCgroups, isUnified, outOfMemoryKills, processesOf, removeCgroups } from '../src/runtime/cgroup.ts';
import { resetLimits } from '../src/runtime/reset-limits.ts';
import type { Container } from '../src/record/container.ts';
import { sample } from '../src/show/stats.ts';

/** What the code for cgroup v2 makes of a tree; run by itself where that tree is mounted. */
const cgroup = '/arcbox/one';
const config = { limits: { memory: 1_000_000 }, network: { kind: 'none' } };
const container = { id: 'one', name: 'one', config, status: { state: 'running' } } as unknown as Container;

resetLimits(cgroup, { memory: { limit: 1, swap: 2, reservation: 3 }, cpu: { shares: 4, quota: 5, period: 6, cpus: '0' }, pids: { limit: 7 } }, {});
await freeze(cgroup, true);
const { cpu, memory, memoryLimit, blockRead, blockWritten, pids } = sample(container) ?? {};
const found = {
  unified: isUnified(),
  kills: outOfMemoryKills(cgroup),
  processes: processesOf(cgroup),
  sample: [cpu, memory, memoryLimit, blockRead, blockWritten].map(String),
  pids,
  removed: await removeCgroups('/arcbox/empty'),
  left: ['/arcbox/empty', cgroup, '/arcbox/none'].map(hasCgroups),
};
process.stdout.write(JSON.stringify(found));
