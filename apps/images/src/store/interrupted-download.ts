import { createReadStream, statSync } from 'node:fs';
import { link, rm } from 'node:fs/promises';
import { isKind } from '@arcbox/errors';
import { mayPass } from '../registry/transient.ts';

/** Whether a download ended because nobody gave more for now, not because of what came or of our own disk: what there is of it is good. */
export function isInterrupted(error: unknown): boolean {
  return isKind(error, 'unavailable') || (isKind(error, 'resource-exhausted') && mayPass(error));
}

/** Opens the bytes of a blob from an offset on. */
export type OpenFrom = (offset: number, signal: AbortSignal) => AsyncIterable<Buffer>;

/** Bytes that an interrupted download has left in `file`; 0 when there is nothing of use. */
export function keptBytes(file: string, expected: number): number {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return size < expected ? size : 0;
}

/** Lets `path` be the same file as `whole`, in place of what an interrupted download has left there. Returns its bytes. */
export async function linkWhole(whole: string, path: string): Promise<number> {
  await rm(path, { force: true });
  await link(whole, path);
  return statSync(path).size;
}

/** All bytes of a blob: the first `kept` from the file, the rest from where they come from. */
export async function* continueDownload(
  file: string,
  kept: number,
  open: OpenFrom,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  if (kept > 0) for await (const chunk of createReadStream(file, { end: kept - 1, signal })) yield chunk as Buffer;
  yield* open(kept, signal);
}
