import { join } from 'node:path';
import { build, type Paths } from '@arcbox/config';
import { diagnoseHost, type Finding } from '@arcbox/diagnosis';
import { messageOf } from '@arcbox/errors';
import { type Bus, type BusState, inspectBus } from '@arcbox/events';
import { type Directory, type Registration, type Replicas, workerNames } from '@arcbox/rpc';
import { judgeBus } from './bus.ts';
import { readEnds } from './ends.ts';
import { readOutboxes } from './outbox-client.ts';
import { seeReplica } from './replica-health-client.ts';
import { judgeWorkers } from './workers.ts';

/** How long the bus may take to answer, in milliseconds. */
const patience = 3_000;

export interface DiagnosisParts {
  readonly bus: Bus;
  readonly directory: Directory;
  readonly replicas: Replicas;
  readonly node: string;
  readonly paths: Paths;
  /** Workers without which the engine is not whole. */
  readonly needed: readonly string[];
}

/** Looks at everything, and changes nothing. */
export async function diagnose(parts: DiagnosisParts, signal: AbortSignal): Promise<Finding[]> {
  const { directory, node, paths } = parts;
  const containersPid = directory.replicas('containers').find((each) => each.node === node)?.pid;
  const findings = await Promise.all([diagnoseHost(paths, { containersPid }), diagnoseBus(parts, signal), diagnoseWorkers(parts, signal)]);
  signal.throwIfAborted();
  return findings.flat();
}

async function diagnoseBus(parts: DiagnosisParts, signal: AbortSignal): Promise<Finding[]> {
  const { bus, paths, replicas } = parts;
  const [state, waiting] = await Promise.all([seeBus(bus, signal), readOutboxes(replicas, registrationsHere(parts), signal)]);
  return judgeBus({ state, waiting, log: join(paths.log, 'nats-0.log') });
}

async function seeBus(bus: Bus, signal: AbortSignal): Promise<BusState | { failure: string }> {
  const late = AbortSignal.timeout(patience);
  try {
    return await inspectBus(bus, AbortSignal.any([signal, late]));
  } catch (error) {
    return { failure: late.aborted ? `no answer within ${patience / 1000} s` : messageOf(error) };
  }
}

const registrationsHere = ({ directory, node }: DiagnosisParts): Registration[] =>
  directory.all().filter((registration) => registration.node === node);

async function diagnoseWorkers(parts: DiagnosisParts, signal: AbortSignal): Promise<Finding[]> {
  const { needed, paths, replicas } = parts;
  const here = registrationsHere(parts);
  return judgeWorkers({
    replicas: await Promise.all(here.map((registration) => seeReplica(replicas, registration, signal))),
    ends: readEnds(join(paths.run, 'pids')),
    expected: workerNames,
    needed,
    version: build.version,
    now: new Date(),
    logs: paths.log,
  });
}
