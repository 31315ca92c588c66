import { closeSync } from 'node:fs';
import { setModified } from '@arcbox/linux';
import { dress, type Owner, toNanoseconds } from './dress.ts';
import { makeFile } from './make-file.ts';
import { OpenParents } from './open-parents.ts';
import type { TarMember } from './read-tar.ts';
import { explainFailure } from './unpack-failure.ts';

export interface UnpackOptions {
  /** Directory of the root that names are below; empty for the root itself. */
  readonly directory?: string;
  /** Of all files, instead of the owners that the archive says. */
  readonly owner?: Owner;
  /** A directory never takes the place of something else, nor the other way round: FAILED_PRECONDITION. */
  readonly keepKinds?: boolean;
  /** The archive's entry for the directory itself counts; otherwise that stays as it is. */
  readonly withRoot?: boolean;
}

/**
 * Writes the files of an archive below a directory of `root`, a descriptor that
 * stays the caller's. Links in the tree are followed as a process with that root
 * would, and nothing leads out of it, whoever changes links meanwhile. What is
 * in the way is replaced; runs of zeros become holes. What was written when it
 * fails stays.
 */
export async function unpackTree(
  root: number,
  members: AsyncIterable<TarMember>,
  options: UnpackOptions,
  signal: AbortSignal,
): Promise<void> {
  using parents = new OpenParents(root, options.directory ?? '');
  // What is written into a directory later changes its time again.
  const times = new Map<string, bigint>();
  for await (const member of members) {
    signal.throwIfAborted();
    try {
      if (member.name !== '') await make(parents, member, options);
      else if (options.withRoot && member.type === '5') dressTop(parents, member, options.owner);
      else continue;
    } catch (error) {
      throw explainFailure(member, error);
    }
    if (member.type === '5') times.set(member.name, toNanoseconds(member));
  }
  for (const [name, time] of [...times].reverse()) setTime(parents, name, time);
}

async function make(parents: OpenParents, member: TarMember, { keepKinds = false, owner }: UnpackOptions): Promise<void> {
  if (member.type !== '1') return makeFile({ path: parents.pathTo(member.name), keepKinds, owner }, member);
  using linked = parents.another();
  const link = linked.pathOf(member.link);
  await makeFile({ path: parents.pathTo(member.name), keepKinds, owner, link }, member);
}

function dressTop(parents: OpenParents, member: TarMember, owner: Owner | undefined): void {
  const handle = parents.open('');
  try {
    dress(handle, member, owner);
  } finally {
    closeSync(handle);
  }
}

/** The directory may have been taken away, or replaced, since it was made. */
function setTime(parents: OpenParents, name: string, time: bigint): void {
  let handle: number;
  try {
    handle = parents.open(name);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) return;
    throw error;
  }
  try {
    setModified(`/proc/self/fd/${handle}`, time);
  } finally {
    closeSync(handle);
  }
}
