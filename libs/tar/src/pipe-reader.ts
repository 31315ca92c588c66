import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { systemCall } from '@arcbox/linux';

const pipe2 = systemCall('pipe2', 'int pipe2(_Out_ int *descriptors, int flags)');

/** fcntl(2): F_SETPIPE_SZ */
const fcntl = systemCall('fcntl', 'int fcntl(int descriptor, int command, int argument)');
const setPipeSize = 1031;
const closeOnExec = 0o2000000;

/** Bytes of one piece; the pipe holds as many while we work on the piece before. */
const pieceSize = 256 * 1024;

/** A user with many large pipes gets small ones: pipe(7). They are slower, and that is all. */
function enlarge(descriptor: number): void {
  try {
    fcntl(descriptor, setPipeSize, pieceSize);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
  }
}

/**
 * The reading end of a new pipe whose bytes come in one and the same buffer:
 * what is yielded is valid until the next is asked for. Half a gigabyte in
 * fresh buffers costs the garbage collector more than hashing it.
 */
export class PipeReader implements Disposable {
  /** The end that a child writes to; close it with `closeWriter` once the child has it. */
  readonly writer: number;
  readonly #socket: Socket;
  readonly #buffer = Buffer.allocUnsafeSlow(pieceSize);
  #piece: Buffer | undefined;
  #ended = false;
  #failure: Error | undefined;
  #wake: () => void = () => {};

  constructor() {
    const ends: [number, number] = [0, 0];
    pipe2(ends, closeOnExec);
    enlarge(ends[0]);
    this.writer = ends[1];
    const callback = (length: number): boolean => {
      this.#piece = this.#buffer.subarray(0, length);
      this.#wake();
      // Nothing more until this piece has been worked on.
      return false;
    };
    const options = { fd: ends[0], readable: true, writable: false, onread: { buffer: this.#buffer, callback } };
    this.#socket = new Socket(options);
    this.#socket.on('end', () => this.#finish());
    this.#socket.on('close', () => this.#finish());
    this.#socket.on('error', (error) => this.#finish(error));
  }

  closeWriter(): void {
    closeSync(this.writer);
  }

  #finish(error?: Error): void {
    this.#failure ??= error;
    this.#ended = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      if (this.#piece) {
        yield this.#piece;
        this.#piece = undefined;
      }
      if (this.#ended) break;
      const woken = new Promise<void>((resolve) => (this.#wake = resolve));
      this.#socket.resume();
      await woken;
    }
    if (this.#failure) throw this.#failure;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
