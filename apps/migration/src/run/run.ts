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
  /** Number of the step that began the phase, and of the next one. */
  readonly phaseStep: number;
  readonly nextStep: number;
}

export type Runs = Collection<Run>;

export const runCollection = (store: Store): Runs => store.collection<Run>('runs');

/** Who works on a plan holds this. */
export const leaseOf = (plan: string): string => `run/${plan}`;

/** The run of a plan; one that has not begun when there is none. */
export function runOf(runs: Runs, id: string): Run {
  return runs.get(id) ?? { id, state: 'ready', attempt: 0, skipStart: false, cancelWanted: false, failure: '', phase: '', message: '', warnings: [], phaseStep: 0, nextStep: 0 };
}

export const isUnderWay = ({ state }: Run): boolean => state === 'running' || state === 'rolling-back';
