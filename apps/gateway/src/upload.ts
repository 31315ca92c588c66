import type { ClientHttp2Stream, ServerHttp2Stream } from 'node:http2';

/** Requests up to this size can be sent again; bytes. */
const capacity = 64 * 1024;

/**
 * What a client sends: passed on to a worker as fast as that takes it, and kept until the worker answers, for another one
 * should the first be lost.
 */
export class Upload {
  readonly #client: ServerHttp2Stream;
  #kept: Buffer[] | undefined = [];
  #size = 0;
  #worker: ClientHttp2Stream | undefined;
  #isComplete = false;
  #isOver = false;

  constructor(client: ServerHttp2Stream) {
    this.#client = client;
    client.on('data', (chunk: Buffer) => this.#take(chunk));
    client.on('end', () => this.#complete());
  }

  /** Whether all that was sent so far is still here. */
  get canRepeat(): boolean {
    return this.#kept !== undefined;
  }

  /** Sends what is here to `worker`, and from now on what comes. */
  sendTo(worker: ClientHttp2Stream): void {
    this.#worker = worker;
    worker.on('drain', () => this.#client.resume());
    for (const chunk of this.#kept ?? []) worker.write(chunk);
    if (this.#isComplete) worker.end();
    if (this.#isFull) this.forget();
    this.#client.resume();
  }

  /** The worker is lost: what comes waits for another one. */
  turnBack(): void {
    this.#client.pause();
    this.#worker = undefined;
  }

  /** From here on it cannot be sent again. */
  forget(): void {
    this.#kept = undefined;
  }

  /** The call is over: what still comes is dropped. */
  drop(): void {
    this.#isOver = true;
    this.forget();
  }

  get #isFull(): boolean {
    return this.#size >= capacity;
  }

  #take(chunk: Buffer): void {
    if (this.#isOver) return;
    this.#keep(chunk);
    if (!this.#worker) return void (this.#isFull && this.#client.pause());
    if (this.#isFull) this.forget();
    if (!this.#worker.write(chunk)) this.#client.pause();
  }

  #keep(chunk: Buffer): void {
    if (!this.#kept) return;
    this.#kept.push(chunk);
    this.#size += chunk.length;
  }

  #complete(): void {
    // A client that cancels ends its input, too. That must not look whole to the worker: the close follows.
    if (this.#isOver || this.#client.closed || this.#client.destroyed) return;
    this.#isComplete = true;
    this.#worker?.end();
  }
}
