import type { Collection, Store } from '@arcbox/store';

export const phases = [
  'prepare',
  'stop-source-containers',
  'import-images',
  'import-volumes',
  'recreate-networks',
  'recreate-containers',
  'start-containers',
  'complete',
] as const;

export type Phase = (typeof phases)[number];

/** How far a plan is; `failed` and `cancelled` ones are undone and may run again. */
export type RunState = 'ready' | 'running' | 'rolling-back' | 'done' | 'failed' | 'cancelled';

/** What becomes of a plan. Only who holds its lease changes it, but for `cancelWanted`. */
export interface Run {
  /** That of the plan. */
  readonly id: string;
  readonly state: RunState;
  /** Counts the runs of the plan. */
  readonly attempt: number;
  readonly skipStart: boolean;
  readonly cancelWanted: boolean;
  /** Why it is rolled back. */
  readonly failure: string;
  readonly phase: Phase | '';
  /** Result, for people. */
  readonly message: string;
  /** What it has found on the way. */
  readonly warnings: readonly string[];
  /** What could not be put back. */
  readonly left: readonly string[];
  /** Number of the step that began the phase, and of the next one. */
  readonly phaseStep: number;
  readonly nextStep: number;
}

export type Runs = Collection<Run>;

export const runCollection = (store: Store): Runs => store.collection<Run>('runs', { indexes: { state: '$.state' } });

/** Who works on a plan holds this. */
export const leaseOf = (plan: string): string => `run/${plan}`;

const freshRun = (id: string): Run => ({ id, state: 'ready', attempt: 0, skipStart: false, cancelWanted: false, failure: '', phase: '', message: '', warnings: [], left: [], phaseStep: 0, nextStep: 0 });

/** The next attempt of a plan, from its beginning. */
export const nextAttempt = ({ id, attempt }: Run, skipStart: boolean): Run => ({ ...freshRun(id), state: 'running', attempt: attempt + 1, skipStart });

/** The run of a plan; one that has not begun when there is none. */
export function runOf(runs: Runs, id: string): Run {
  return { ...freshRun(id), ...runs.get(id) };
}

/** Those that somebody works on, or has to. */
export const runsUnderWay = (runs: Runs): Run[] => underWay.flatMap((state) => runs.findBy('state', state));

const underWay: readonly RunState[] = ['running', 'rolling-back'];

export const isUnderWay = ({ state }: Run): boolean => underWay.includes(state);
