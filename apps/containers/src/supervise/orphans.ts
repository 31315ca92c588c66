import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@arcbox/log';
import { isAlive } from '@arcbox/store';
import type { Background } from './background.ts';
import { type Container, isRunning, shortId } from '../record/container.ts';
import type { Containers } from '../record/containers.ts';
import type { Ends } from './ends.ts';
import { endProcess } from '../stop/kill.ts';
import type { Places } from '../record/places.ts';
import type { RunWatch } from './run-watch.ts';
import { LifeLine } from '../runtime/life-line.ts';

export interface OrphanDeps {
  readonly containers: Pick<Containers, 'get'>;
  readonly ends: Pick<Ends, 'notice'>;
  readonly places: Pick<Places, 'bundle'>;
  readonly background: Background;
  readonly log: Logger;
}

interface Watch extends Disposable {
  readonly generation: number;
}

/** How long a process that ends is waited for, and how often it is looked at; milliseconds. */
const [patience, pause] = [10_000, 5];

/**
 * Ends containers whose conmon was killed: nobody would keep their output or
 * learn their exit code, and what they write would fail. Also rings for those
 * that end in the usual way, in case the other bell is not heard.
 */
export class Orphans implements RunWatch, Disposable {
  readonly #deps: OrphanDeps;
  readonly #watches = new Map<string, Watch>();

  constructor(deps: OrphanDeps) {
    this.#deps = deps;
  }

  began(id: string): void {
    const container = this.#deps.containers.get(id);
    if (container) this.#watch(container);
  }

  look(running: readonly Container[]): void {
    for (const container of running) this.#watch(container);
  }

  #watch({ id, status }: Container): void {
    const { generation, process } = status;
    const present = this.#watches.get(id);
    if (!process || present?.generation === generation) return;
    present?.[Symbol.dispose]();
    const line = new LifeLine(this.#deps.places.bundle(id)).watch(
      () => isAlive(process.monitor),
      () => {
        if (this.#watches.get(id)?.generation === generation) this.#watches.delete(id);
        this.#deps.background.run(`end of ${id}`, () => this.#end(id, generation));
      },
    );
    if (line) this.#watches.set(id, { generation, [Symbol.dispose]: () => line[Symbol.dispose]() });
  }

  /** The conmon of the run has let go of its line: usually because the run has ended. */
  async #end(id: string, generation: number): Promise<void> {
    const running = this.#lookAgain(id, generation);
    if (!running) return;
    // It lets go of all that it has inherited before it notes the end, and ends after that.
    await untilDead(running.status.process?.monitor);
    const container = this.#lookAgain(id, generation);
    if (!container) return;
    this.#deps.log.warn({ id: shortId(id) }, 'its monitor was killed: the container ends');
    await endProcess(container);
    await untilDead(container.status.process?.identity);
    this.#deps.ends.notice(id);
  }

  /** The container, if that run of it goes on as far as can be seen now. */
  #lookAgain(id: string, generation: number): Container | undefined {
    this.#deps.ends.notice(id);
    const container = this.#deps.containers.get(id);
    return container && isRunning(container) && container.status.generation === generation ? container : undefined;
  }

  [Symbol.dispose](): void {
    for (const watch of this.#watches.values()) watch[Symbol.dispose]();
    this.#watches.clear();
  }
}

async function untilDead(identity = ''): Promise<void> {
  for (let waited = 0; isAlive(identity) && waited < patience; waited += pause) await sleep(pause);
}
