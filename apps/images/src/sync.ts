import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A disk that has not written everything by then is broken; milliseconds. */
const deadline = 10 * 60_000;

/**
 * Makes everything written below a directory durable (syncfs(2)). Those who
 * ask while one is under way share the next: many layers cost few syncs.
 */
export class FileSystemSync {
  readonly #path: string;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Everything written before the call is on disk when it returns. */
  async flush(): Promise<void> {
    this.#next ??= this.#start();
    await this.#next;
  }

  async #start(): Promise<void> {
    await this.#running?.catch(() => {});
    this.#next = undefined;
    this.#running = run('sync', ['-f', this.#path], { timeout: deadline }).then(() => undefined);
    await this.#running;
  }
}
