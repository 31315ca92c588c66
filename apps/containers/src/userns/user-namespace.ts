import { closeSync } from 'node:fs';
import { pid } from 'node:process';
import { failedPrecondition, messageOf } from '@arcbox/errors';
import { createUserNamespace } from '@arcbox/linux';
import { countOf, type IdMaps, type IdRange } from './id-maps.ts';

/** A user namespace that is held open. */
export interface OpenNamespace extends Disposable {
  readonly descriptor: number;
  /** Where other processes find it until it is closed. */
  readonly path: string;
}

/** Makes the user namespace of a container. FAILED_PRECONDITION where the host has none to give. */
export function openUserNamespace({ uids, gids }: IdMaps): Promise<OpenNamespace> {
  return open(uids, gids);
}

/**
 * Makes a user namespace that says how files are shown to a container: with its
 * ids. The host's root, who works on them too, needs one as well: it is the
 * first that the container does not have, and no file keeps it.
 */
export function openFileOwners({ uids, gids }: IdMaps): Promise<OpenNamespace> {
  return open(withHostRoot(uids), withHostRoot(gids));
}

async function open(uids: readonly IdRange[], gids: readonly IdRange[]): Promise<OpenNamespace> {
  const descriptor = await createUserNamespace({ uids: linesOf(uids), gids: linesOf(gids) }).catch((error: unknown) => {
    throw failedPrecondition(`a user namespace could not be made: ${messageOf(error)}`, error);
  });
  return { descriptor, path: `/proc/${pid}/fd/${descriptor}`, [Symbol.dispose]: () => closeSync(descriptor) };
}

function withHostRoot(ranges: readonly IdRange[]): IdRange[] {
  return [...ranges, { inside: countOf(ranges), outside: 0, size: 1 }];
}

function linesOf(ranges: readonly IdRange[]): string {
  return ranges.map(({ inside, outside, size }) => `${inside} ${outside} ${size}\n`).join('');
}
