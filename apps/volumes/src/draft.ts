import { randomUUID } from 'node:crypto';
import { closeSync, constants, openSync } from 'node:fs';
import { failedPrecondition, messageOf } from '@arcbox/errors';
import { runProgram } from '@arcbox/linux';
import type { Store } from '@arcbox/store';
import { readTar, unpackTree } from '@arcbox/tar';
import type { VolumeTree } from './volume-tree.ts';

/** Writing everything to the disk may take that long; milliseconds. */
const patience = 10 * 60_000;

/** Whoever makes a directory that may become a volume holds this, so that nobody takes it for a dead worker's. */
export const draftLease = (draft: string): string => `draft/${draft}`;

/**
 * A directory where nobody sees it. Disposing deletes what has not become a volume, or
 * what a volume held before; FAILED_PRECONDITION where that stays.
 */
export interface Draft extends AsyncDisposable {
  readonly id: string;
  /** Path of its content. */
  readonly path: string;
}

interface DraftParts {
  readonly store: Store;
  readonly tree: VolumeTree;
}

/** An empty one, on disk when this returns. */
export async function beginDraft({ store, tree }: DraftParts, signal: AbortSignal): Promise<Draft> {
  const id = randomUUID();
  await using stack = new AsyncDisposableStack();
  stack.use(await store.leases.hold(draftLease(id), signal));
  stack.defer(async () => {
    await tree.drop(id).catch((error: unknown) => {
      throw failedPrecondition(`what is left over cannot be deleted: ${messageOf(error)}`, error);
    });
  });
  const path = await tree.begin(id);
  const kept = stack.move();
  return { id, path, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** One with the files of a plain tar archive; they are on disk when this returns. */
export async function fillDraft(parts: DraftParts, archive: AsyncIterable<Buffer>, signal: AbortSignal): Promise<Draft> {
  await using stack = new AsyncDisposableStack();
  const draft = stack.use(await beginDraft(parts, signal));
  await unpackInto(draft.path, archive, signal);
  // By another process: it may take its time.
  await runProgram('sync', ['-f', '--', draft.path], { patience, signal });
  stack.move();
  return draft;
}

async function unpackInto(path: string, archive: AsyncIterable<Buffer>, signal: AbortSignal): Promise<void> {
  const root = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await unpackTree(root, readTar(archive, { lists: true }), { withRoot: true }, signal);
  } finally {
    closeSync(root);
  }
}
