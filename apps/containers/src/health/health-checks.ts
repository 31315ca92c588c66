import { setTimeout as sleep } from 'node:timers/promises';
import type { Background } from '../supervise/background.ts';
import type { Container } from '../record/container.ts';
import type { Containers } from '../record/containers.ts';
import type { Ends } from '../supervise/ends.ts';
import type { RunWatch } from '../supervise/run-watch.ts';
import { parseNano } from '../record/time.ts';
import { commandOf, timesOf } from './health-check.ts';
import type { Healths } from './healths.ts';
import { pauseBefore } from './judge.ts';
import { endLeftProbes } from './left-probes.ts';
import { probe, type ProbeDeps } from './probe.ts';
import { Slots } from './slots.ts';

export interface HealthDeps extends ProbeDeps {
  readonly containers: Containers;
  readonly ends: Ends;
  readonly healths: Healths;
  readonly background: Background;
}

/** So many checks start at a time: a runtime costs some 15 MiB while it does. */
const starting = 8;

/** The checks of one run of a container. */
interface Watch {
  readonly generation: number;
  readonly abort: AbortController;
}

/**
 * Checks running containers. One replica at a time does: whoever patrols. The
 * checks take no lease of a container, so nobody who stops or removes one waits
 * for them; paused ones are not checked.
 */
export class HealthChecks implements RunWatch, Disposable {
  readonly #deps: HealthDeps;
  readonly #watches = new Map<string, Watch>();
  readonly #slots = new Slots(starting);
  #isOnDuty = false;

  constructor(deps: HealthDeps) {
    this.#deps = deps;
  }

  /** What runs is checked from now on by this replica; called again, it finds what has been started since. */
  look(running: readonly Container[]): void {
    this.#isOnDuty = true;
    for (const container of running) this.#watch(container);
  }

  /** Tells of a start, so that short intervals need not wait for the next look. */
  began(id: string): void {
    const container = this.#isOnDuty ? this.#deps.containers.get(id) : undefined;
    if (container) this.#watch(container);
  }

  #watch({ id, config, status }: Container): void {
    if (!config.healthCheck || !commandOf(config.healthCheck) || status.state !== 'running') return;
    const present = this.#watches.get(id);
    if (present?.generation === status.generation) return;
    present?.abort.abort();
    const watch: Watch = { generation: status.generation, abort: new AbortController() };
    // Before any of ours: what is there was left by a worker that is gone.
    if (!present) endLeftProbes(id, this.#deps.places.bundle(id));
    this.#watches.set(id, watch);
    this.#deps.background.run(`health of ${id}`, async () => {
      try {
        await this.#check(id, watch);
      } finally {
        if (this.#watches.get(id) === watch) this.#watches.delete(id);
      }
    });
  }

  /** Until the run ends, or is paused; `look` begins anew then. */
  async #check(id: string, watch: Watch): Promise<void> {
    const { signal } = watch.abort;
    for (;;) {
      const before = this.#present(id, watch);
      if (!before) return;
      await sleep(this.#pause(before), undefined, { signal, ref: false }).catch(() => {});
      const container = this.#present(id, watch);
      if (!container) return;
      await this.#probe(container, watch);
    }
  }

  async #probe(container: Container, watch: Watch): Promise<void> {
    const { containers, ends, healths } = this.#deps;
    const { id, config } = container;
    const cmd = config.healthCheck && commandOf(config.healthCheck);
    if (!config.healthCheck || !cmd) return;
    const { timeout } = timesOf(config.healthCheck);
    using done = abortOnDispose();
    const over = AbortSignal.any([watch.abort.signal, done.signal]);
    const gone = new AbortController();
    void containers.changes.until(id, () => (this.#present(id, watch) ? undefined : true), over).then(() => gone.abort(), () => {});
    const result = await probe(this.#deps, container, { cmd, timeout }, this.#slots, AbortSignal.any([watch.abort.signal, gone.signal]));
    // A check that failed because its container ended says nothing of its health.
    ends.notice(id);
    if (result) healths.note(container, result);
  }

  /** Milliseconds until the next check. */
  #pause(container: Container): number {
    const { config, status } = container;
    if (!config.healthCheck) return 0;
    const { log } = this.#deps.healths.of(container);
    const [now, started] = [Date.now(), milliseconds(status.startedAt)];
    const last = Math.max(started, milliseconds(log.at(-1)?.end ?? ''));
    return Math.max(0, last + pauseBefore(status.health ?? 'starting', now - started, timesOf(config.healthCheck)) - now);
  }

  /** Undefined when the run has ended, or is paused, or nobody is to check it any more. */
  #present(id: string, { generation, abort }: Watch): Container | undefined {
    const container = this.#deps.containers.get(id);
    const isPresent = !abort.signal.aborted && container?.status.state === 'running' && container.status.generation === generation;
    return isPresent ? container : undefined;
  }

  [Symbol.dispose](): void {
    for (const { abort } of this.#watches.values()) abort.abort();
  }
}

function milliseconds(time: string): number {
  return Number(parseNano(time) / 1_000_000n);
}

function abortOnDispose(): Disposable & { readonly signal: AbortSignal } {
  const abort = new AbortController();
  return { signal: abort.signal, [Symbol.dispose]: () => abort.abort() };
}
