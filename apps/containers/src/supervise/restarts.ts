import type { Container } from '../record/container.ts';
import { holdWhole } from '../start/finish-start.ts';
import type { Background } from './background.ts';
import { wantsRestart } from './restart-policy.ts';
import { restarts as counted } from '../record/container-metrics.ts';
import { runContainer, type StartDeps } from '../start/start.ts';
import { letRest } from '../stop/want-stop.ts';

export interface RestartDeps extends StartDeps {
  readonly background: Background;
}

/**
 * Label with a number: after a restart of the host, a container is started once
 * those with a lower number run, and are healthy if anything checks that, or a
 * minute later. Without it the number is 0.
 */
const orderLabel = 'dev.arcbox.start-order';

/** A container that never comes up must not keep the others; milliseconds. */
const orderPatience = 60_000;

/** Starts containers again whose restart policy says so, when their time has come. */
export class Restarts implements Disposable {
  readonly #deps: RestartDeps;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(deps: RestartDeps) {
    this.#deps = deps;
  }

  /** Starts a container that waits for its restart; planning it twice is fine. */
  plan(id: string): void {
    const container = this.#deps.containers.get(id);
    const at = container?.status.retry?.at;
    if (container?.status.state !== 'restarting' || at === undefined || this.#timers.has(id)) return;
    const timer = setTimeout(() => {
      this.#timers.delete(id);
      this.#deps.background.run(`restart of ${id}`, () => this.#start(id));
    }, Math.max(0, at - Date.now()));
    this.#timers.set(id, timer);
  }

  async #start(id: string): Promise<void> {
    const { containers } = this.#deps;
    const waiting = containers.get(id);
    if (waiting) await this.#waitForOthers(waiting);
    using _lease = await holdWhole(this.#deps, id);
    const container = containers.get(id);
    const { state, retry, restarts = 0 } = container?.status ?? {};
    if (!container || state !== 'restarting') return;
    if (!wantsRestart(container)) return letRest(containers, id);
    counted.add();
    await runContainer(this.#deps, container, { restarts: restarts + 1, stopWanted: undefined, retry });
  }

  /** Until all are there that have to be first. */
  async #waitForOthers(container: Container): Promise<void> {
    if (!container.status.retry?.sinceBoot) return;
    const { containers } = this.#deps;
    const order = orderOf(container);
    const mustWait = (): boolean => containers.active().some((other) => orderOf(other) < order && isComing(other));
    const patience = AbortSignal.timeout(orderPatience);
    await containers.changes.untilAny(() => (mustWait() ? undefined : true), patience).catch((error: unknown) => {
      if (!patience.aborted) throw error;
    });
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}

function orderOf({ config }: Container): number {
  return Number.parseInt(config.labels[orderLabel] ?? '0', 10) || 0;
}

/** It starts because the host has, and is not there yet. */
function isComing({ status }: Container): boolean {
  if (!status.retry?.sinceBoot) return false;
  return status.state === 'restarting' || status.health === 'starting' || status.health === 'unhealthy';
}
