import { watch } from 'node:fs';
import { dirname } from 'node:path';
import { Signal } from '@arcbox/stream';
import { LogChain } from './chain.ts';
import { type Piece, PieceParser } from './line.ts';

export interface LogSource {
  readonly path: string;
  readonly maxFiles: number;
  /** Begin with what is written from now on. */
  readonly fromNow?: boolean;
}

/** Until when a log is followed. */
export interface Following {
  /** Nothing more will be written. */
  ended(): boolean;
  /** Calls `wake` when `ended` may have become true, until `signal` aborts. */
  onEnd(wake: () => void, signal: AbortSignal): void;
  readonly signal: AbortSignal;
}

const chunkSize = 64 * 1024;

/** Notifications may be missing, on some file systems; milliseconds. */
const lookPeriod = 500;

/** Marks that everything written so far has been read, in a log that is followed. */
export const caughtUp = Symbol('caught up');

/**
 * Pieces of a log in the order they were written, those together that a chunk of
 * the file holds. Without `following` it ends at what is there; with it, once the
 * log has ended and all of it is read. A reader that does not ask makes nobody
 * wait and costs no memory.
 */
export async function* readPieces(
  source: LogSource,
  following?: Following,
): AsyncGenerator<readonly Piece[] | typeof caughtUp, void, undefined> {
  const scratch = Buffer.allocUnsafe(chunkSize);
  using chain = new LogChain(source.path, source.maxFiles);
  if (source.fromNow) chain.skipToEnd(scratch);
  const parser = new PieceParser();
  using news = following && watchDirectory(source.path, chain, following);
  for (;;) {
    // Asked before reading: what was written before the end is then surely read.
    const ended = !following || following.ended();
    if (news) news.refresh();
    for (let chunk = chain.read(scratch); chunk; chunk = chain.read(scratch)) yield parser.push(chunk);
    if (ended || following.signal.aborted) return;
    yield caughtUp;
    await news?.wait();
  }
}

/** Keeps the chain complete also while its reader is busy elsewhere. */
function watchDirectory(
  path: string,
  chain: LogChain,
  following: Following,
): { refresh(): void; wait(): Promise<void> } & Disposable {
  const signal = new Signal();
  const stop = new AbortController();
  let failure: unknown;
  const watcher = watch(dirname(path), (event) => {
    try {
      if (event === 'rename') chain.refresh();
    } catch (error) {
      failure = error;
    }
    signal.raise();
  });
  watcher.on('error', () => signal.raise());
  following.onEnd(() => signal.raise(), stop.signal);
  return {
    refresh: () => {
      if (failure !== undefined) throw failure;
      chain.refresh();
    },
    wait: () => signal.wait(lookPeriod, following.signal),
    [Symbol.dispose]: () => {
      stop.abort();
      watcher.close();
    },
  };
}
