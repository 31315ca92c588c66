import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Logger } from '@arcbox/log';
import { Signal } from '@arcbox/stream';
import type { VolumeUsers } from './remove.ts';
import type { VolumeTree } from './volume-tree.ts';

const run = promisify(execFile);

export interface Usage {
  /** Bytes on disk; -1 while unknown. */
  readonly size: number;
  /** Containers that use it; -1 while unknown. */
  readonly users: number;
}

const unknown: Usage = { size: -1, users: -1 };

/** Numbers older than this are found out again when somebody asks, in milliseconds. */
const freshness = 30_000;

/** Counting the largest volume may take this long, in milliseconds. */
const patience = 10 * 60_000;

/**
 * How much of each volume is used, and by how many. Whoever asks gets what is
 * known at once; what is not known, or old, is found out in the background,
 * one volume after the other.
 */
export class UsageCache implements AsyncDisposable {
  readonly #parts: { tree: VolumeTree; containers: VolumeUsers; log: Logger };
  readonly #known = new Map<string, Usage & { at: number }>();
  /** Names to look at; bounded by the number of volumes. */
  readonly #wanted = new Set<string>();
  readonly #abort = new AbortController();
  readonly #wake = new Signal();
  readonly #running: Promise<void>;

  constructor(parts: { tree: VolumeTree; containers: VolumeUsers; log: Logger }) {
    this.#parts = parts;
    this.#running = this.#run();
  }

  get(name: string): Usage {
    const known = this.#known.get(name);
    if (!known || known.at < Date.now() - freshness) {
      this.#wanted.add(name);
      this.#wake.raise();
    }
    return known ?? unknown;
  }

  /** What is known is old. */
  refresh(name: string): void {
    this.#wanted.add(name);
    this.#wake.raise();
  }

  forget(name: string): void {
    this.#known.delete(name);
    this.#wanted.delete(name);
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      for (const name of this.#wanted) {
        const [size, users] = await Promise.all([this.#measure(name), this.#count(name)]);
        if (signal.aborted) return;
        // Forgotten meanwhile: it is gone.
        if (this.#wanted.delete(name)) this.#known.set(name, { size, users, at: Date.now() });
      }
      await this.#wake.wait(60_000, signal);
    }
  }

  /** By du(1), which walks a million files without keeping anybody waiting here. */
  async #measure(name: string): Promise<number> {
    const args = ['-s', '-x', '--block-size=1', '--', this.#parts.tree.mountpoint(name)];
    const options = { signal: this.#abort.signal, timeout: patience };
    try {
      return parseInt((await run('du', args, options)).stdout, 10);
    } catch (error) {
      // Files that vanish while it counts make it fail after it has printed the sum.
      const sum = parseInt((error as { stdout?: string }).stdout ?? '', 10);
      if (Number.isNaN(sum)) this.#parts.log.debug({ error, volume: name }, 'volume could not be measured');
      return Number.isNaN(sum) ? -1 : sum;
    }
  }

  async #count(name: string): Promise<number> {
    return this.#parts.containers.usersOf(name, this.#abort.signal).then(
      (users) => users.length,
      () => -1,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }
}
