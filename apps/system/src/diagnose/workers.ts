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

export interface SeenWorkers {
  readonly replicas: readonly SeenReplica[];
  /** Workers that belong to an engine, and those without which it is not whole. */
  readonly expected: readonly string[];
  readonly needed: readonly string[];
  /** Version of the worker that looks. */
  readonly version: string;
  readonly now: Date;
  /** Directory of the logs. */
  readonly logs: string;
}

/** A replica that began this much later than the first of all did not begin with the engine. */
const lateStart = 60_000;

/** For so long it is told that a replica began anew. */
const newsFor = 10 * 60_000;

/** Clocks of one host are one clock; this much is rounding. */
const tolerance = 5_000;

const report = reporterOf('workers');

/** One finding a replica, and one for each worker that has none. */
export function judgeWorkers(seen: SeenWorkers): Finding[] {
  const missing = seen.expected.filter((worker) => !seen.replicas.some((each) => each.worker === worker));
  return [...seen.replicas.map((replica) => judgeReplica(replica, seen)), ...missing.map((worker) => judgeMissing(worker, seen))];
}

function judgeMissing(worker: string, { needed, logs }: SeenWorkers): Finding {
  const tell = needed.includes(worker) ? report.error : report.warning;
  return tell(worker, `no ${worker} worker is running`, `the engine starts it again by itself; see ${logs}/${worker}-0.log`);
}

function judgeReplica(replica: SeenReplica, seen: SeenWorkers): Finding {
  const { needed, replicas, now, logs, version } = seen;
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
  const age = now.getTime() - replica.startedAt.getTime();
  if (age < -tolerance) {
    const message = `process ${pid} began ${seconds(-age)} from now: the clock was set back`;
    return report.warning(name, message, 'set the clock by NTP; times of events before and after do not compare');
  }
  const first = Math.min(...replicas.map(({ startedAt }) => startedAt.getTime()));
  if (age < newsFor && replica.startedAt.getTime() - first > lateStart) {
    return report.warning(name, `process ${pid} began anew ${seconds(age)} ago`, `if nobody asked for that, see why in ${log}`);
  }
  return report.ok(name, `process ${pid} serves`);
}

const seconds = (milliseconds: number): string => `${Math.max(0, Math.round(milliseconds / 1000))} s`;
