import type { Collection, Store } from '@arcbox/store';
import { Signal } from '@arcbox/stream';
import { type Phase, type Run, runCollection, type Runs, runOf, type RunState } from './run.ts';

/** What a run tells. */
export interface Telling {
  readonly phase: Phase | '';
  /** May be empty. */
  readonly resource: string;
  readonly message: string;
  /** Items of the phase that are finished, and all. */
  readonly completed: number;
  readonly total: number;
}

/** A telling that stays: all who follow get it. The last one of an attempt says how it ended. */
export interface Step extends Telling {
  /** `plan/attempt/number` */
  readonly id: string;
  readonly plan: string;
  readonly end?: { readonly success: boolean; readonly warnings: readonly string[]; readonly left: readonly string[] };
}

/** The newest telling that does not stay, like a count of bytes. */
export interface Pulse extends Telling {
  /** That of the plan. */
  readonly id: string;
  readonly attempt: number;
  readonly beat: number;
}

export type Steps = Collection<Step>;
export type Pulses = Collection<Pulse>;

export interface Chronicle {
  readonly store: Store;
  readonly runs: Runs;
  readonly steps: Steps;
  readonly pulses: Pulses;
  /** Raised at each telling of this process. */
  readonly news: Signal;
}

export function openChronicle(store: Store): Chronicle {
  const steps = store.collection<Step>('steps', { indexes: { plan: '$.plan' } });
  return { store, runs: runCollection(store), steps, pulses: store.collection<Pulse>('pulses'), news: new Signal() };
}

export const stepId = (plan: string, attempt: number, number: number): string => `${plan}/${attempt}/${number}`;

/** Between two counts of bytes; milliseconds. */
const pulseEvery = 200;

/** What a run tells, in the store: whoever follows, at whichever replica, reads it there. */
export class Journal {
  readonly #chronicle: Chronicle;
  readonly #plan: string;
  #total = 0;
  #completed = 0;
  #beat = 0;
  #lastPulse = 0;

  constructor(chronicle: Chronicle, plan: string) {
    this.#chronicle = chronicle;
    this.#plan = plan;
  }

  get run(): Run {
    return runOf(this.#chronicle.runs, this.#plan);
  }

  begin(phase: Phase, total: number): void {
    [this.#total, this.#completed] = [total, 0];
    this.#step({ resource: '', message: '' }, (run) => ({ phase, phaseStep: run.nextStep }));
  }

  /** An item of the phase is finished. */
  finished(resource: string, message = ''): void {
    this.#completed += 1;
    this.#step({ resource, message });
  }

  /** Something on the way, which the next may replace. */
  pulse(resource: string, message: string): void {
    if (Date.now() - this.#lastPulse < pulseEvery) return;
    this.#lastPulse = Date.now();
    const { attempt, phase } = this.run;
    this.#chronicle.pulses.put({ id: this.#plan, attempt, beat: ++this.#beat, ...this.#telling(phase, resource, message) });
    this.#chronicle.news.raise();
  }

  warn(text: string): void {
    this.#change((run) => (run.warnings.includes(text) ? {} : { warnings: [...run.warnings, text] }));
  }

  /** Something could not be put back. */
  leave(text: string): void {
    this.#change((run) => ({ left: [...run.left, text] }));
  }

  /** It is being undone from now on. */
  rollBack(failure: string): void {
    this.#change(() => ({ state: 'rolling-back', failure }));
    this.#step({ resource: '', message: `${failure}; everything is put back` });
  }

  /** The last telling of the attempt. */
  end(state: RunState, message: string, warnings: readonly string[]): void {
    const { left } = this.run;
    const end = { success: state === 'done', warnings: [...warnings, ...left], left };
    this.#step({ resource: '', message, end }, () => ({ state, message, cancelWanted: false }));
  }

  #step(told: { resource: string; message: string; end?: Step['end'] }, change: (run: Run) => Partial<Run> = () => ({})): void {
    const { store, steps } = this.#chronicle;
    const { resource, message, end } = told;
    store.transaction(() => {
      const run = this.#change((before) => ({ ...change(before), nextStep: before.nextStep + 1 }));
      const id = stepId(run.id, run.attempt, run.nextStep - 1);
      steps.put({ id, plan: run.id, ...this.#telling(run.phase, resource, message), ...(end ? { end } : {}) });
    });
    this.#chronicle.news.raise();
  }

  #telling(phase: Telling['phase'], resource: string, message: string): Telling {
    return { phase, resource, message, completed: this.#completed, total: this.#total };
  }

  #change(change: (run: Run) => Partial<Run>): Run {
    const { store, runs } = this.#chronicle;
    return store.transaction(() => {
      const before = this.run;
      const after = { ...before, ...change(before) };
      runs.put(after);
      return after;
    });
  }
}
