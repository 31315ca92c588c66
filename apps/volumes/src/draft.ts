import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, constants, openSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Store } from '@arcbox/store';
import { readTar, unpackTree } from '@arcbox/tar';
import type { VolumeTree } from './volume-tree.ts';

const run = promisify(execFile);

/** Writing everything to the disk may take that long; milliseconds. */
const patience = 10 * 60_000;

/** Whoever makes a directory that may become a volume holds this, so that nobody takes it for a dead worker's. */
export const draftLease = (draft: string): string => `draft/${draft}`;

/** A directory that is filled where nobody sees it. Disposing deletes what has not become a volume. */
export interface Draft extends AsyncDisposable {
  readonly id: string;
}

/** Fills a new directory with the files of a plain tar archive; they are on disk when this returns. */
export async function fillDraft(
  { store, tree }: { store: Store; tree: VolumeTree },
  archive: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<Draft> {
  const id = randomUUID();
  await using stack = new AsyncDisposableStack();
  stack.use(await store.leases.hold(draftLease(id), signal));
  stack.defer(() => tree.drop(id));
  const path = await tree.begin(id);
  await unpackInto(path, archive, signal);
  // By another process: it may take its time.
  await run('sync', ['-f', '--', path], { timeout: patience, signal });
  const kept = stack.move();
  return { id, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function unpackInto(path: string, archive: AsyncIterable<Buffer>, signal: AbortSignal): Promise<void> {
  const root = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await unpackTree(root, readTar(archive), { withRoot: true }, signal);
  } finally {
    closeSync(root);
  }
}
