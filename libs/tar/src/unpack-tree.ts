import { closeSync } from 'node:fs';
import { setModified } from '@arcbox/linux';
import { defaultList } from './access-list.ts';
import { dress, type Owner, type Owners, setAttribute, toNanoseconds } from './dress.ts';
import { makeFile } from './make-file.ts';
import { OpenParents } from './open-parents.ts';
import type { TarMember } from './read-tar.ts';
import { explainFailure } from './unpack-failure.ts';

export interface UnpackOptions {
  /** Directory of the root that names are below; empty for the root itself. */
  readonly directory?: string;
  /** Who a file belongs to, by the owner that the archive says; that one if not given. What root becomes gives capabilities. */
  readonly ownerOf?: (said: Owner) => Owner;
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
  const { ownerOf = asSaid, keepKinds = false } = options;
  const rootOwner = ownerOf({ uid: 0, gid: 0 });
  using parents = new OpenParents(root, options.directory ?? '', options.ownerOf && rootOwner);
  // What is written into a directory later changes its time again, and would begin with its default list.
  const directories = new Map<string, LastTouch>();
  for await (const whole of members) {
    const { member, list } = withoutDefault(whole);
    signal.throwIfAborted();
    try {
      const owners = { file: ownerOf(member), root: rootOwner };
      if (member.name !== '') await make(parents, member, { keepKinds, owners });
      else if (options.withRoot && member.type === '5') dressTop(parents, member, owners);
      else continue;
    } catch (error) {
      throw explainFailure(member, error);
    }
    if (member.type === '5') directories.set(member.name, { time: toNanoseconds(member), list });
  }
  for (const [name, touch] of [...directories].reverse()) touchLast(parents, name, touch);
}

/** What a directory gets when all that is in it is there. */
interface LastTouch {
  readonly time: bigint;
  /** Its default access control list. */
  readonly list: string | undefined;
}

function withoutDefault(member: TarMember): { member: TarMember; list: string | undefined } {
  const list = member.xattrs.get(defaultList);
  if (list === undefined) return { member, list };
  return { member: { ...member, xattrs: new Map([...member.xattrs].filter(([name]) => name !== defaultList)) }, list };
}

const asSaid = (said: Owner): Owner => said;

async function make(parents: OpenParents, member: TarMember, how: { keepKinds: boolean; owners: Owners }): Promise<void> {
  if (member.type !== '1') return makeFile({ path: parents.pathTo(member.name), ...how }, member);
  using linked = parents.another();
  const link = linked.pathOf(member.link);
  await makeFile({ path: parents.pathTo(member.name), ...how, link }, member);
}

function dressTop(parents: OpenParents, member: TarMember, owners: Owners): void {
  const handle = parents.open('');
  try {
    dress(handle, member, owners);
  } finally {
    closeSync(handle);
  }
}

/** The directory may have been taken away, or replaced, since it was made. */
function touchLast(parents: OpenParents, name: string, { time, list }: LastTouch): void {
  let handle: number;
  try {
    handle = parents.open(name);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) return;
    throw error;
  }
  try {
    if (list !== undefined) setAttribute(`/proc/self/fd/${handle}`, defaultList, list);
    setModified(`/proc/self/fd/${handle}`, time);
  } finally {
    closeSync(handle);
  }
}
