import { type Finding, reporterOf } from './finding.ts';
import type { HostTree } from './host-tree.ts';
import { type Mount, readMounts } from './mounts.ts';

const directory = '/sys/fs/cgroup';

/** Controllers and what containers lack without them; names of cgroup v2. */
const wanted: readonly (readonly [controller: string, without: string])[] = [
  ['memory', 'limits of memory'],
  ['cpu', 'shares and limits of CPU time'],
  ['cpuset', 'a choice of CPUs'],
  ['pids', 'limits of processes'],
  ['io', 'limits of block devices'],
];

/** What v2 does without a controller, or names otherwise. */
const wantedOfV1: readonly (readonly [controller: string, without: string])[] = [
  ...wanted.map(([name, without]) => [name === 'io' ? 'blkio' : name, without] as const),
  ['devices', 'limits to devices'],
  ['freezer', 'pausing'],
];

const report = reporterOf('kernel');

/** Whether limits of containers can be set: the version of cgroups, and the controllers. */
export function checkCgroups(tree: HostTree): Finding {
  const mounts = readMounts(tree);
  if (mounts === undefined) return report.unknown('cgroups', 'what is mounted cannot be read');
  const isUnified = mounts.some(({ path, kind }) => path === directory && kind === 'cgroup2');
  const present = isUnified ? tree.text(`${directory}/cgroup.controllers`)?.split(' ') : controllersOfV1(mounts);
  if (present === undefined) return report.unknown('cgroups', 'the controllers of cgroups cannot be read');
  if (!isUnified && present.length === 0) {
    return report.error('cgroups', 'cgroups are not mounted: no container can run', `mount them: mount -t cgroup2 none ${directory}`);
  }
  const version = isUnified ? 'v2' : 'v1';
  const missing = (isUnified ? wanted : wantedOfV1).filter(([controller]) => !present.includes(controller));
  if (missing.length === 0) return report.ok('cgroups', `cgroups ${version} with every controller that containers need`);
  const names = missing.map(([controller]) => controller).join(', ');
  const lost = missing.map(([, without]) => without).join(', ');
  const advice = missing.some(([controller]) => controller === 'memory')
    ? 'boot with cgroup_enable=memory on the command line of the kernel'
    : `boot a kernel with the cgroup controllers ${names}`;
  return report.warning('cgroups', `cgroups ${version} without ${names}: containers go without ${lost}`, advice);
}

function controllersOfV1(mounts: readonly Mount[]): string[] {
  return mounts.filter(({ kind }) => kind === 'cgroup').flatMap(({ options }) => options);
}
