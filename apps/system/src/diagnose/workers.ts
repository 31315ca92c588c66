import { type Finding, reporterOf } from '@arcbox/diagnosis';

/** A replica, as it presents itself and as it answers. */
export interface SeenReplica {
  readonly worker: string;
  readonly replica: string;
  readonly pid: number;
  readonly version: string;
  readonly startedAt: Date;
  readonly health: 'serving' | 'starting' | 'silent';
}

/** How a process came to an end that nobody had asked for: `was ended by SIGKILL`. */
export interface BadEnd {
  readonly replica: string;
  readonly how: string;
  readonly at: Date;
}

export interface SeenWorkers {
  readonly replicas: readonly SeenReplica[];
  /** At most one a replica, the last one; in the order of time. */
  readonly ends: readonly BadEnd[];
  /** Workers that belong to an engine, and those without which it is not whole. */
  readonly expected: readonly string[];
  readonly needed: readonly string[];
  /** Version of the worker that looks. */
  readonly version: string;
  readonly now: Date;
  /** Directory of the logs. */
  readonly logs: string;
}

/** For so long it is told that a replica ended; milliseconds. */
const newsFor = 10 * 60_000;

/** Clocks of one host are one clock; this much is rounding. */
const tolerance = 5_000;

const report = reporterOf('workers');

/** One finding a replica, and one for each worker that has none. */
export function judgeWorkers(seen: SeenWorkers): Finding[] {
  const missing = seen.expected.filter((worker) => !seen.replicas.some((each) => each.worker === worker));
  return [...seen.replicas.map((replica) => judgeReplica(replica, seen)), ...missing.map((worker) => judgeMissing(worker, seen))];
}

function judgeMissing(worker: string, { ends, needed, logs, now }: SeenWorkers): Finding {
  const tell = needed.includes(worker) ? report.error : report.warning;
  const end = ends.findLast(({ replica }) => replica.replace(/-\d+$/, '') === worker);
  const story = end ? `: ${end.replica} ${end.how}, ${ago(end.at, now)}` : '';
  return tell(worker, `no ${worker} worker is running${story}`, `the engine starts it again by itself; see ${logs}/${worker}-0.log`);
}

function judgeReplica(replica: SeenReplica, seen: SeenWorkers): Finding {
  const { ends, needed, replicas, now, logs, version } = seen;
  const { replica: name, worker, health, pid } = replica;
  const log = `${logs}/${name}.log`;
  const others = replicas.filter((each) => each.worker === worker && each.health === 'serving');
  if (health === 'silent') {
    const tell = needed.includes(worker) && others.length === 0 ? report.error : report.warning;
    return tell(name, `process ${pid} does not answer`, `see ${log}; npm start -- --restart ${worker}`);
  }
  if (health === 'starting') return report.warning(name, `process ${pid} is there and not ready yet`, `give it a moment, then see ${log}`);
  if (replica.version !== version) {
    const message = `process ${pid} runs version ${replica.version}, this worker ${version}`;
    return report.warning(name, message, 'bring all to one version: npm start -- --restart NAME for each worker');
  }
  if (replica.startedAt.getTime() - now.getTime() > tolerance) {
    const message = `process ${pid} began at ${replica.startedAt.toISOString()}, which is to come: the clock was set back`;
    return report.warning(name, message, 'set the clock by NTP; times of events before and after do not compare');
  }
  const end = ends.find((each) => each.replica === name);
  if (end && now.getTime() - end.at.getTime() < newsFor) {
    return report.warning(name, `process ${pid} serves; the one before it ${end.how}, ${ago(end.at, now)}`, `see ${log}`);
  }
  return report.ok(name, `process ${pid} serves`);
}

const ago = (then: Date, now: Date): string => `${Math.max(0, Math.round((now.getTime() - then.getTime()) / 1000))} s ago`;
