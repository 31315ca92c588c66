import { type Finding, reporterOf } from './finding.ts';
import type { HostTree } from './host-tree.ts';

/** Fewer open files than this and a worker with some hundred containers comes to its end. */
const fewFiles = 4_096;

/** What the kernel gives every user when nobody says otherwise. */
const usualInstances = 128;
const fewWatches = 8_192;

/** Share of all process ids that may be taken before it is told. */
const [crowded, full] = [0.8, 0.95];

const report = reporterOf('host');

/** Limits that many containers come up against. `pid`: the process that starts containers, where known. */
export function checkLimits(tree: HostTree, { pid }: { pid?: number }): Finding[] {
  return [checkOpenFiles(tree, pid), checkInotify(tree), checkProcesses(tree)];
}

function checkOpenFiles(tree: HostTree, pid: number | undefined): Finding {
  const name = 'open files';
  if (pid === undefined) return report.unknown(name, 'no containers worker runs whose limit could be read');
  const [, soft] = /^Max open files\s+(\d+|unlimited)\s/m.exec(tree.text(`/proc/${pid}/limits`) ?? '') ?? [];
  if (soft === undefined) return report.unknown(name, 'the limit of the containers worker cannot be read');
  const message = `the containers worker may open ${soft} files`;
  if (soft === 'unlimited' || Number(soft) >= fewFiles) return report.ok(name, message);
  return report.warning(name, message, `raise it before the engine starts: ulimit -n ${fewFiles * 16}`);
}

function checkInotify(tree: HostTree): Finding {
  const [instances, watches] = ['max_user_instances', 'max_user_watches'].map((limit) => tree.number(`/proc/sys/fs/inotify/${limit}`));
  if (instances === undefined || watches === undefined) return report.unknown('inotify', 'the limits of inotify cannot be read');
  const message = `a user may have ${instances} inotify instances and ${watches} watches`;
  if (instances >= usualInstances && watches >= fewWatches) return report.ok('inotify', message);
  const advice = `containers share them: sysctl -w fs.inotify.max_user_instances=${usualInstances * 8} fs.inotify.max_user_watches=${fewWatches * 16}`;
  return report.warning('inotify', message, advice);
}

/** Threads take process ids too. /proc/loadavg: `0.1 0.2 0.3 1/345 6789`, of which 345 is how many there are. */
function checkProcesses(tree: HostTree): Finding {
  const name = 'process ids';
  const most = tree.number('/proc/sys/kernel/pid_max');
  const [, now] = /^\S+ \S+ \S+ \d+\/(\d+)/.exec(tree.text('/proc/loadavg') ?? '') ?? [];
  if (most === undefined || now === undefined) return report.unknown(name, 'how many processes there are cannot be read');
  const message = `${now} of ${most} process ids are taken`;
  const share = Number(now) / most;
  if (share < crowded) return report.ok(name, message);
  const advice = 'stop what is not needed, or allow more: sysctl -w kernel.pid_max=4194304';
  return share < full ? report.warning(name, message, advice) : report.error(name, message, advice);
}
