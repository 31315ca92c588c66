import { closeSync, constants, linkSync, lstatSync, mkdirSync, openSync, type Stats, symlinkSync } from 'node:fs';
import { failedPrecondition } from '@arcbox/errors';
import { handleOnly, mknod } from '@arcbox/linux';
import { dress, type Owners } from './dress.ts';
import type { LayerEntry } from './layer-entry.ts';
import type { TarMember } from './read-tar.ts';
import { removeTree } from './remove-tree.ts';
import { writeSparse } from './sparse-file.ts';

export interface Place {
  /** Through an open directory; the last part is no link that would be followed. */
  readonly path: Buffer;
  /** A directory never takes the place of something else, nor the other way round. */
  readonly keepKinds: boolean;
  readonly owners: Owners;
  /** Path of what the entry is a hard link to. */
  readonly link?: Buffer;
}

/** Bits of st_mode for devices and fifos, by the letter of tar. */
const specialBits: { readonly [type: string]: number } = { '3': 0o020000, '4': 0o060000, '6': 0o010000 };

/** Makes the file of an entry; what is in its place is replaced, but a directory takes in a directory. */
export async function makeFile(place: Place, member: TarMember): Promise<void> {
  const { path, owners } = place;
  const present = lstatSync(path, { throwIfNoEntry: false });
  if (place.link) return makeLink(place, place.link, present, member);
  const merges = present?.isDirectory() === true && member.type === '5';
  if (present && !merges) clear(place, present, member);
  if (member.type === '0') return makeRegular(path, member, owners);
  if (member.type === '2') symlinkSync(Buffer.from(member.link, 'latin1'), path);
  else if (member.type === '5' && !merges) mkdirSync(path, { mode: 0o700 });
  else if (member.type !== '5') mknod(path, (specialBits[member.type] ?? 0) | 0o600, member);
  const directoryOnly = member.type === '5' ? constants.O_DIRECTORY : 0;
  const handle = openSync(path, handleOnly | constants.O_NOFOLLOW | directoryOnly);
  try {
    dress(handle, member, owners);
  } finally {
    closeSync(handle);
  }
}

function clear({ path, keepKinds }: Place, present: Stats, { name, type }: LayerEntry): void {
  const shown = Buffer.from(name, 'latin1').toString('utf8');
  if (keepKinds && present.isDirectory()) throw failedPrecondition(`cannot overwrite directory ${shown} with non-directory`);
  if (keepKinds && type === '5') throw failedPrecondition(`cannot overwrite non-directory ${shown} with directory`);
  removeTree(path);
}

/** As GNU tar does it: one that is there already is fine. What cannot be linked to is refused before anything is removed. */
function makeLink(place: Place, target: Buffer, present: Stats | undefined, member: TarMember): void {
  const linked = lstatSync(target);
  if (present?.dev === linked.dev && present.ino === linked.ino) return;
  const shown = Buffer.from(member.name, 'latin1').toString('utf8');
  if (linked.isDirectory()) throw failedPrecondition(`cannot write ${shown}: a hard link to a directory`);
  const isWithin = present?.isDirectory() === true && member.link.startsWith(`${member.name}/`);
  if (isWithin) throw failedPrecondition(`cannot write ${shown}: a hard link to what it would replace`);
  if (present) clear(place, present, member);
  linkSync(target, place.path);
}

async function makeRegular(path: Buffer, member: TarMember, owners: Owners): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const descriptor = openSync(path, flags, 0o600);
  try {
    await writeSparse(descriptor, member);
    dress(descriptor, member, owners);
  } finally {
    closeSync(descriptor);
  }
}
