import { aborted, cancelled, EngineError, failedPrecondition } from '@arcbox/errors';
import type { Logger } from '@arcbox/log';
import type { Lease, Store } from '@arcbox/store';
import { findPlan, type Plan, type Plans } from '../plan/plan.ts';
import type { Docker } from '../source/docker.ts';
import type { Host } from '../source/host-client.ts';
import { openPlanned, openSource } from '../source/find-source.ts';
import type { Targets } from '../target/targets.ts';
import { bringOver } from './bring-over.ts';
import { finish } from './finish.ts';
import { Items } from './items.ts';
import { type Chronicle, Journal } from './journal.ts';
import { persistently } from './persistently.ts';
import { rollBack } from './roll-back.ts';
import { isUnderWay, leaseOf, nextAttempt, type Run, runOf, runsUnderWay } from './run.ts';

export interface RunnerParts extends Chronicle {
  readonly store: Store;
  readonly plans: Plans;
  readonly host: Host;
  readonly targets: Targets;
  readonly log: Logger;
}

/** Until a wish to cancel is heard, and until a run whose worker has died is taken over; milliseconds. */
const cancelEvery = 200;
const patrolEvery = 1_000;

/** Carries plans out. A run goes on without the client that began it, and is gone on with when its worker dies. */
export class Runner implements AsyncDisposable {
  readonly #parts: RunnerParts;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #patrol: NodeJS.Timeout;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    this.#goOnWithAll();
    this.#patrol = setInterval(() => this.#carefully(() => this.#goOnWithAll()), patrolEvery);
    this.#patrol.unref();
  }

  /** Begins to carry a plan out; one that is under way goes on. FAILED_PRECONDITION when what it replaces was not agreed to. */
  begin(id: string, { allowReplacements, skipStart }: { allowReplacements: boolean; skipStart: boolean }): void {
    const { store, runs, plans } = this.#parts;
    const plan = findPlan(plans, id);
    store.transaction(() => {
      const run = runOf(runs, id);
      if (isUnderWay(run) || run.state === 'done') return;
      if (plan.replacements.length > 0 && !allowReplacements) {
        throw failedPrecondition(`what exists here would be replaced, which has to be allowed: ${plan.replacements.join(', ')}`);
      }
      const [other] = runsUnderWay(runs);
      // Each would take for its own, and undo, what the other has brought.
      if (other) throw failedPrecondition(`migration ${other.id} runs: one at a time`);
      runs.put(nextAttempt(run, skipStart));
    });
    this.#goOnWith(id);
  }

  /** Asks whoever works on it to undo it. FAILED_PRECONDITION when nobody does, or everything has arrived. */
  cancel(id: string): void {
    const { runs, plans } = this.#parts;
    findPlan(plans, id);
    const changed = runs.update(id, (run) => (isUnderWay(run) && run.phase !== 'complete' ? { ...run, cancelWanted: true } : undefined));
    if (changed) return;
    const why = isUnderWay(runOf(runs, id)) ? 'has brought everything over, and what was replaced is going: it cannot be undone' : 'does not run';
    throw failedPrecondition(`migration ${id} ${why}`);
  }

  #goOnWithAll(): void {
    for (const { id } of runsUnderWay(this.#parts.runs)) this.#goOnWith(id);
  }

  /** What fails by the clock is tried again by the clock, and ends nothing else. */
  #carefully(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#parts.log.error({ error }, 'runs cannot be looked at for now');
    }
  }

  /** Unless somebody is at it. */
  #goOnWith(id: string): void {
    if (this.#stopping.signal.aborted) return;
    const lease = this.#parts.store.leases.tryHold(leaseOf(id));
    if (!lease) return;
    const running = this.#work(id, lease).catch((error: unknown) => this.#parts.log.error({ error, plan: id }, 'a migration broke off'));
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }

  async #work(id: string, lease: Lease): Promise<void> {
    using _lease = lease;
    const { store, runs, plans } = this.#parts;
    const run = runOf(runs, id);
    const plan = plans.get(id);
    if (!plan || !isUnderWay(run)) return;
    const [journal, items] = [new Journal(this.#parts, id), new Items(store, id)];
    const stopping = this.#stopping.signal;
    try {
      if (run.state === 'running') {
        const failure = run.phase === 'complete' ? undefined : await this.#forward(plan, run, { journal, items });
        if (failure === undefined) return await this.#finish(plan, { journal, items });
        journal.rollBack(failure instanceof EngineError ? failure.message : 'internal error');
      }
      await this.#back(plan, run, { journal, items });
    } catch (error) {
      if (!stopping.aborted) throw error;
    }
  }

  /** What it failed of, or was cancelled with; undefined when everything has arrived. Throws when this worker stops. */
  async #forward(plan: Plan, run: Run, { journal, items }: { journal: Journal; items: Items }): Promise<unknown> {
    const { runs, host, targets, log } = this.#parts;
    const stopping = this.#stopping.signal;
    const cancel = new AbortController();
    const look = (): void => {
      if (runOf(runs, plan.id).cancelWanted) cancel.abort(cancelled('the migration was cancelled'));
    };
    const looking = setInterval(() => this.#carefully(look), cancelEvery);
    const signal = AbortSignal.any([stopping, cancel.signal]);
    try {
      this.#carefully(look);
      await using source = await persistently(() => openPlanned(host, plan, signal), signal);
      await bringOver({ plan, attempt: run.attempt, skipStart: run.skipStart, source, host, targets, items, journal, signal });
      return undefined;
    } catch (error) {
      stopping.throwIfAborted();
      if (!(error instanceof EngineError)) log.error({ error, plan: plan.id }, 'a migration failed');
      return cancel.signal.aborted ? cancel.signal.reason : error;
    } finally {
      clearInterval(looking);
    }
  }

  /** Nothing can be undone from here on, and nothing is needed of the source: what fails is tried again by the patrol. */
  async #finish(plan: Plan, { journal, items }: { journal: Journal; items: Items }): Promise<void> {
    const { store, targets } = this.#parts;
    await finish({ targets, items, journal, signal: this.#stopping.signal });
    store.transaction(() => {
      journal.end('done', 'everything has arrived', [...plan.warnings, ...journal.run.warnings]);
      items.forgetAll();
    });
  }

  async #back(plan: Plan, run: Run, { journal, items }: { journal: Journal; items: Items }): Promise<void> {
    const { host, targets } = this.#parts;
    const signal = this.#stopping.signal;
    const open = (): Promise<Docker> => persistently(() => openSource(host, plan.socket, signal), signal);
    await rollBack({ plan, attempt: run.attempt, skipStart: run.skipStart, host, targets, items, journal, signal }, open);
    const { failure, cancelWanted, warnings } = journal.run;
    journal.end(cancelWanted ? 'cancelled' : 'failed', failure, [...plan.warnings, ...warnings]);
  }

  /** What is under way is gone on with by whoever comes next. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#patrol);
    this.#stopping.abort(aborted('the worker is stopping'));
    await Promise.all(this.#running);
  }
}
