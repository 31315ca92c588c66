import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A disk that has not written everything by then is broken; milliseconds. */
const deadline = 10 * 60_000;

/** Bytes written after which the disk may begin with them. */
const nudgeAfter = 48 * 2 ** 20;

/**
 * Makes everything written below a directory durable (syncfs(2)). Those who
 * ask while one is under way share the next: many layers cost few syncs.
 */
export class FileSystemSync {
  readonly #path: string;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #dirty = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Everything written before the call is on disk when it returns. */
  async flush(): Promise<void> {
    this.#next ??= this.#start();
    await this.#next;
  }

  /**
   * Tells of bytes that were written and will be flushed. The kernel would keep
   * them in memory until then: the disk works now instead, while we do.
   */
  wrote(bytes: number): void {
    this.#dirty += bytes;
    if (this.#dirty < nudgeAfter || this.#running) return;
    this.flush().catch(() => {
      // The flush that somebody waits for says what is wrong.
    });
  }

  async #start(): Promise<void> {
    await this.#running?.catch(() => {});
    this.#next = undefined;
    this.#dirty = 0;
    const running = run('sync', ['-f', this.#path], { timeout: deadline }).then(() => undefined);
    this.#running = running;
    await running.finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
  }
}
