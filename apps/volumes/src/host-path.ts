import type { BigIntStats } from 'node:fs';
import { lstat, open, readlink, realpath } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { invalidArgument, permissionDenied, unavailable } from '@arcbox/errors';
import { handleOnly, ProgramHangs, runProgram } from '@arcbox/linux';

/** A server behind a path is given up after this; milliseconds. */
const usualPatience = 5_000;

/** Directories of the engine itself: nobody is led into them, nor to what they are in. */
export type OwnPlaces = readonly string[];

/** What a path of the host led to when somebody looked, whatever has taken its name since. Disposing lets go of it. */
export interface HostFile extends AsyncDisposable {
  /** Leads to it, also for other processes of this host. */
  readonly path: string;
  readonly stat: BigIntStats;
}

/**
 * Takes hold of a file of the host, without opening it. Throws ENOENT and the like;
 * PERMISSION_DENIED for what is the engine's own or holds that, UNAVAILABLE when
 * nobody answers for the file system.
 */
export async function holdOnHost(path: string, own: OwnPlaces, signal: AbortSignal, patience = usualPatience): Promise<HostFile> {
  if (!isAbsolute(path) || path.includes('\0')) throw invalidArgument(`not an absolute path: ${JSON.stringify(path)}`);
  await requireAnswer(path, signal, patience);
  await using stack = new AsyncDisposableStack();
  const handle = await open(path, handleOnly);
  stack.defer(() => handle.close());
  const held = `/proc/${process.pid}/fd/${handle.fd}`;
  const stat = await handle.stat({ bigint: true });
  const real = await readlink(held);
  for (const place of own) if (areRelated(real, await realpath(place))) throw permissionDenied(`${path} is the engine's own, or holds it`);
  await requireOfHost(path, real, stat);
  const kept = stack.move();
  return { path: held, stat, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** By another process: the kernel may keep that waiting for a server, for ever. What it cannot find is told by who looks next. */
async function requireAnswer(path: string, signal: AbortSignal, patience: number): Promise<void> {
  try {
    await runProgram('stat', ['--dereference', '--format=', '--', path], { patience, signal });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ProgramHangs) throw unavailable(`the file system of ${path} does not answer`, error);
  }
}

/** In another mount namespace, which `/proc` leads into, names say nothing about what it is. */
async function requireOfHost(path: string, real: string, { dev, ino }: BigIntStats): Promise<void> {
  const named = await lstat(real, { bigint: true });
  if (named.dev !== dev || named.ino !== ino) throw permissionDenied(`${path} is not a path of this host`);
}

const areRelated = (path: string, place: string): boolean => isBelow(path, place) || isBelow(place, path);

const isBelow = (path: string, directory: string): boolean => `${path}/`.startsWith(directory === '/' ? '/' : `${directory}/`);
