/** Stages of the start, in their order; the other phases are beside them. */
export const ladder = ['initializing', 'assets-ready', 'vm-starting', 'vm-ready', 'network-ready', 'ready'] as const;

export type Phase = (typeof ladder)[number] | 'cleaning-up' | 'degraded' | 'failed';

/** What is really installed on the host around the engine. */
export interface HostIntegration {
  /** The host resolves names of containers. */
  readonly dnsResolver: boolean;
  /** /var/run/docker.sock leads to this engine. */
  readonly dockerSocket: boolean;
  /** The host has a route to the containers. */
  readonly route: boolean;
  /** A `docker` command is installed. */
  readonly dockerTools: boolean;
}

/** What the monitor sees at one moment. */
export interface Observation {
  /** Why containers cannot run on this host; empty when they can. */
  readonly shortcomings: readonly string[];
  /** Needed workers that have registered. */
  readonly present: readonly string[];
  /** Needed workers that answer and are ready. */
  readonly serving: readonly string[];
  /** What an engine that was killed has left: nobody has looked yet, or the containers worker is at it. */
  readonly leftovers?: 'untouched' | 'in hand';
  readonly integration: HostIntegration;
}

/** How far the start of the engine is, and whether it is healthy. */
export interface SetupStatus {
  readonly phase: Phase;
  /** The phase for a person. */
  readonly message: string;
  /** Why containers cannot run on this host at all; empty when they can. */
  readonly error: string;
  /** Containers can run. */
  readonly vmRunning: boolean;
  readonly integration: HostIntegration;
}

/**
 * The statuses that lead from `current` to what is seen: each stage on the way
 * is told, also when several are reached in one moment. Once the engine was
 * ready (`wasReady`) it does not start again; it is ready or degraded.
 *
 *   initializing → [cleaning-up → initializing] → assets-ready → vm-starting → vm-ready → network-ready → ready ⇄ degraded
 *
 * `failed` is told in place of any of them.
 */
export function stepsTo(
  observation: Observation,
  needed: readonly string[],
  current: SetupStatus,
  wasReady: boolean,
): SetupStatus[] {
  const target = targetOf(observation, needed, wasReady);
  const [from, to] = [ladder.indexOf(current.phase as 'ready'), ladder.indexOf(target as 'ready')];
  const climbs = !wasReady && to > 0;
  // From beside the ladder (-1) the climb begins above its foot, which has been told; after a clean-up it is told again.
  const first = current.phase === 'cleaning-up' ? 0 : Math.max(from, 0) + 1;
  const phases: readonly Phase[] = climbs && to > from ? ladder.slice(first, to + 1) : [target];
  const statuses = phases.map((phase) => statusIn(phase, observation, needed));
  return statuses.filter((status, i) => !isSame(status, statuses[i - 1] ?? current));
}

export function statusIn(phase: Phase, observation: Observation, needed: readonly string[]): SetupStatus {
  const { integration, serving, shortcomings } = observation;
  const early = ladder.slice(0, ladder.indexOf('vm-ready')).includes(phase as 'initializing');
  const canRun = shortcomings.length === 0 && serving.includes('containers') && serving.includes('images');
  const error = phase === 'failed' ? `containers cannot run on this host: ${shortcomings.join('; ')}` : '';
  return { phase, message: messageOf(phase, observation, needed), error, vmRunning: canRun && !early, integration };
}

function targetOf({ shortcomings, present, serving, leftovers }: Observation, needed: readonly string[], wasReady: boolean): Phase {
  if (shortcomings.length > 0) return 'failed';
  if (leftovers) return leftovers === 'in hand' ? 'cleaning-up' : 'initializing';
  if (needed.every((worker) => serving.includes(worker))) return 'ready';
  if (wasReady) return 'degraded';
  if (!serving.includes('containers')) return present.includes('containers') ? 'vm-starting' : 'assets-ready';
  return serving.includes('networks') ? 'network-ready' : 'vm-ready';
}

function messageOf(phase: Phase, { present, serving }: Observation, needed: readonly string[]): string {
  const absent = needed.filter((worker) => !serving.includes(worker));
  switch (phase) {
    case 'initializing':
      return 'the engine is starting';
    case 'assets-ready':
      return 'the tools that run containers are there';
    case 'vm-starting':
      return 'the containers worker is starting';
    case 'vm-ready':
      return 'the containers worker is ready';
    case 'network-ready':
      return absent.length === 0 ? 'networks work' : `networks work; waiting for ${absent.join(', ')}`;
    case 'ready':
      return 'the engine is ready';
    case 'cleaning-up':
      return 'the engine was killed; the containers worker puts in order what was left';
    case 'degraded':
      return absent.map((worker) => `the ${worker} worker ${present.includes(worker) ? 'does not answer' : 'is not running'}`).join('; ');
    case 'failed':
      return 'the engine cannot run containers';
  }
}

function isSame(a: SetupStatus, b: SetupStatus): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
