import { invalidArgument, notFound } from '@arcbox/errors';
import { holdOnHost, type OwnPlaces } from './host-path.ts';
import { readForeign } from './read-foreign.ts';

/** A directory of the host, as it is when somebody begins to read it. Disposing lets go of it. */
export interface HostTree extends AsyncDisposable {
  /** Permission bits. */
  readonly mode: number;
  /** Unix nanoseconds. */
  readonly modified: bigint;
  /** What it holds as a plain tar archive. */
  read(signal: AbortSignal): AsyncIterable<Buffer>;
}

/** NOT_FOUND when there is none; PERMISSION_DENIED for the engine's own, INVALID_ARGUMENT for what is no directory. */
export async function openHostTree(path: string, own: OwnPlaces, signal: AbortSignal): Promise<HostTree> {
  try {
    await using stack = new AsyncDisposableStack();
    const held = stack.use(await holdOnHost(path, own, signal));
    const { stat } = held;
    if (!stat.isDirectory()) throw invalidArgument(`not a directory: ${path}`);
    const kept = stack.move();
    return {
      mode: Number(stat.mode & 0o7777n),
      modified: stat.mtimeNs,
      read: (reading) => readForeign(held.path, reading),
      [Symbol.asyncDispose]: () => kept.disposeAsync(),
    };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'ENOENT' || code === 'ENOTDIR' ? notFound(`no directory ${path}`, error) : error;
  }
}
