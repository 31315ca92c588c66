import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@arcbox/log';
import type { Lease, Store } from '@arcbox/store';
import type { ApplyLimitsDeps } from '../change/apply-limits.ts';
import type { Background } from './background.ts';
import type { Boots } from './boots.ts';
import type { Execs } from '../exec/execs.ts';
import type { Healths } from '../health/healths.ts';
import { rotateLog } from '../log/rotate.ts';
import { removeLeftovers, type LeftoverDeps } from './leftovers.ts';
import { reconcile } from './reconcile.ts';
import type { Container } from '../record/container.ts';
import type { RemoveDeps } from '../remove/remove.ts';
import type { RunWatch } from './run-watch.ts';
import { Bundle } from '../runtime/bundle.ts';

export interface PatrolDeps extends RemoveDeps, LeftoverDeps, ApplyLimitsDeps {
  readonly containers: RemoveDeps['containers'];
  readonly places: RemoveDeps['places'];
  readonly images: RemoveDeps['images'];
  readonly runtime: RemoveDeps['runtime'];
  readonly volumes: RemoveDeps['volumes'] & LeftoverDeps['volumes'];
  readonly sandboxes: RemoveDeps['sandboxes'] & LeftoverDeps['sandboxes'];
  readonly store: Store;
  readonly execs: Execs;
  readonly healths: Healths;
  readonly runs: RunWatch;
  readonly boots: Boots;
  readonly background: Background;
  readonly log: Logger;
}

/** Milliseconds between two rounds: bounds how far a log grows past its limit. */
const period = 1_000;

/** Each that runs is looked at in one round of so many: usually somebody has told of its end before. */
const lookRounds = 5;

/** Half-done work is tried again this often; rounds. */
const retryRounds = 5;
const eagerRounds = 15;

/** What belongs to nobody is looked for this often: another replica may have died in a Create; rounds. */
const sweepRounds = 60;

/**
 * One replica at a time looks after what no call looks after: what workers that
 * died have left, ends that nobody was told of, logs that are full.
 */
export class Patrol implements AsyncDisposable {
  readonly #deps: PatrolDeps;
  readonly #abort = new AbortController();
  #lease: Lease | undefined;
  #round = 0;
  #sweeping = false;
  readonly #rotating = new Set<string>();
  #running: Promise<void> = Promise.resolve();

  constructor(deps: PatrolDeps) {
    this.#deps = deps;
  }

  /** Does the first round, which is the recovery, and goes on in the background. */
  start(): void {
    this.#tick();
    this.#running = this.#loop();
  }

  async #loop(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      await sleep(period, undefined, { signal, ref: false }).catch(() => {});
      if (!signal.aborted) this.#tick();
    }
  }

  #tick(): void {
    const { store, log } = this.#deps;
    try {
      this.#lease ??= store.leases.tryHold('patrol');
      if (this.#lease) this.#look();
    } catch (error) {
      log.error({ error }, 'patrol failed');
    }
  }

  #look(): void {
    const { containers, ends, background, restarts, runs, boots } = this.#deps;
    if (this.#round === 0) boots.look();
    const running = containers.running();
    const round = this.#round++;
    const sweeps = round % sweepRounds === 0;
    for (const [index, container] of running.entries()) {
      // The first round is the recovery.
      if (round === 0 || (round + index) % lookRounds === 0) ends.look(container);
      background.run(`log of ${container.id}`, () => this.#rotate(container));
    }
    runs.look(running);
    for (const { id } of containers.restarting()) restarts.plan(id);
    if (sweeps) this.#sweep();
    // At first more often: the workers that are needed for it start at the same time as this one.
    if (this.#round > eagerRounds && this.#round % retryRounds !== 1) return;
    for (const { id } of containers.unsettled()) background.run(`reconcile ${id}`, () => reconcile(this.#deps, id));
  }

  #sweep(): void {
    const { containers, background } = this.#deps;
    containers.endings.forgetOld();
    this.#deps.execs.tidy();
    this.#deps.healths.tidy();
    if (this.#sweeping) return;
    this.#sweeping = true;
    background.run('leftovers', async () => {
      try {
        await removeLeftovers(this.#deps, this.#abort.signal);
      } finally {
        this.#sweeping = false;
      }
    });
  }

  async #rotate({ id, config }: Container): Promise<void> {
    const { places } = this.#deps;
    if (this.#rotating.has(id)) return;
    this.#rotating.add(id);
    try {
      await rotateLog(places.logFile(id), config.logs, new Bundle(places.bundle(id)).control);
    } finally {
      this.#rotating.delete(id);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#running;
    this.#lease?.[Symbol.dispose]();
  }
}
