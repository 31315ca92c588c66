import { existsSync, type FSWatcher, watch } from 'node:fs';
import type { Logger } from '@arcbox/log';
import { type Container, isRunning } from '../record/container.ts';
import type { Containers } from '../record/containers.ts';
import { outOfMemory } from '../record/events.ts';
import type { Places } from '../record/places.ts';
import type { RunWatch } from './run-watch.ts';
import { Bundle } from '../runtime/bundle.ts';
import { outOfMemoryKills } from '../runtime/cgroup.ts';
import { cgroupPath } from '../spec/cgroup-path.ts';

export interface OutOfMemoryDeps {
  readonly containers: Containers;
  readonly places: Places;
  readonly log: Logger;
}

interface Watched {
  readonly generation: number;
  readonly watcher: FSWatcher;
}

/** conmon is told before the kernel has killed: how often, and how long between, its counter is read again; milliseconds. */
const [attempts, pause] = [50, 20];

/**
 * Tells at once when the kernel kills a process of a container, also one that is
 * not the first, for want of memory. conmon leaves a file in the bundle then.
 */
export class OutOfMemory implements RunWatch, Disposable {
  readonly #deps: OutOfMemoryDeps;
  readonly #watched = new Map<string, Watched>();

  constructor(deps: OutOfMemoryDeps) {
    this.#deps = deps;
  }

  began(id: string): void {
    const container = this.#deps.containers.get(id);
    if (container && isRunning(container)) this.#watch(container);
  }

  look(running: readonly Container[]): void {
    const present = new Set(running.map(({ id }) => id));
    for (const id of this.#watched.keys()) if (!present.has(id)) this.#forget(id);
    for (const container of running) this.#watch(container);
  }

  #watch({ id, status }: Container): void {
    const { generation } = status;
    if (this.#watched.get(id)?.generation === generation) return;
    this.#forget(id);
    const { path } = new Bundle(this.#deps.places.bundle(id));
    // It has just ended.
    if (!existsSync(path)) return;
    const watcher = watch(path, (_, name) => {
      if (name === 'oom') this.#rung(id);
      else if (!existsSync(path)) this.#forget(id);
    });
    watcher.on('error', (error) => this.#deps.log.warn({ error, id }, 'watching for want of memory failed'));
    this.#watched.set(id, { generation, watcher });
    // Of the time in which nobody watched.
    this.#note(id);
  }

  #rung(id: string, attempt = 0): void {
    try {
      new Bundle(this.#deps.places.bundle(id)).forgetOutOfMemory();
      if (this.#note(id) || attempt === attempts || !this.#watched.has(id)) return;
      setTimeout(() => this.#rung(id, attempt + 1), pause).unref();
    } catch (error) {
      this.#deps.log.warn({ error, id }, 'want of memory could not be noted');
    }
  }

  /** Whether there was a kill that nobody has told of. Of several replicas one tells. */
  #note(id: string): boolean {
    const { containers } = this.#deps;
    const seen = containers.get(id);
    const kills = seen && isRunning(seen) ? outOfMemoryKills(cgroupPath(seen)) : 0;
    if (!seen || kills <= (seen.status.oomKills ?? 0)) return false;
    containers.transition(id, (container) => {
      const { config, status } = container;
      const isOther = !isRunning(container) || status.generation !== seen.status.generation;
      if (isOther || kills <= (status.oomKills ?? 0)) return undefined;
      return { status: { ...status, oomKilled: true, oomKills: kills }, events: [outOfMemory(config)] };
    });
    return true;
  }

  #forget(id: string): void {
    this.#watched.get(id)?.watcher.close();
    this.#watched.delete(id);
  }

  [Symbol.dispose](): void {
    for (const id of [...this.#watched.keys()]) this.#forget(id);
  }
}
