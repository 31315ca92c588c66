import { createHash, hash } from 'node:crypto';
import { readlinkSync, type Stats } from 'node:fs';
import { failedPrecondition } from '@arcbox/errors';
import { type BuildContextFile, BuildContextFileType as Type } from '@arcbox/proto/arcbox/engine/v1/build';
import { cannot } from '../file-failure.ts';
import type { ByteName } from '@arcbox/tar';
import { pieceSize, readAtOnce, readPieces } from './open-file.ts';
import type { ContextEntry } from './walk-context.ts';

/** A part of a listing is full with so many files, or so many bytes of names and links. */
const most = { files: 500, bytes: 256 * 1024 };

/** A name in the listing of a context, and where it comes from. */
export interface ListedFile {
  readonly path: string | Buffer;
  readonly file: BuildContextFile;
}

/** The listing of a context, in parts of a bounded size. */
export async function* listContext(entries: Iterable<ContextEntry>): AsyncGenerator<ListedFile[], void, undefined> {
  const firstNames = new Map<string, ByteName>();
  let [part, bytes]: [ListedFile[], number] = [[], 0];
  for (const entry of entries) {
    const file = await describe(entry, firstNames);
    part.push({ path: entry.path, file });
    bytes += file.name.length + file.link.length;
    if (part.length < most.files && bytes < most.bytes) continue;
    yield part;
    [part, bytes] = [[], 0];
  }
  if (part.length > 0) yield part;
}

/** As it is, but owned by root. */
async function describe({ name, path, stats }: ContextEntry, firstNames: Map<string, ByteName>): Promise<BuildContextFile> {
  const file: BuildContextFile = {
    name: Buffer.from(name, 'latin1'),
    type: typeOf(stats),
    mode: stats.mode & 0o7777,
    mtime: BigInt(Math.floor(stats.mtimeMs / 1000)),
    size: 0n,
    sha256: nothing,
    link: nothing,
    major: 0,
    minor: 0,
  };
  try {
    if (file.type === Type.BUILD_CONTEXT_FILE_TYPE_SYMLINK) return { ...file, link: readlinkSync(path, 'buffer') };
    const first = stats.nlink > 1 && !stats.isDirectory() ? firstNameOf(name, stats, firstNames) : undefined;
    if (first !== undefined) return { ...file, type: Type.BUILD_CONTEXT_FILE_TYPE_HARD_LINK, link: Buffer.from(first, 'latin1') };
    if (stats.isFile()) return { ...file, size: BigInt(stats.size), sha256: await hashFile(path, stats.size) };
  } catch (error) {
    throw cannot('read', path.toString(), error);
  }
  const isDevice = stats.isBlockDevice() || stats.isCharacterDevice();
  return isDevice ? { ...file, ...deviceOf(stats) } : file;
}

const nothing = Buffer.alloc(0);

function firstNameOf(name: ByteName, { dev, ino }: Stats, firstNames: Map<string, ByteName>): ByteName | undefined {
  const identity = `${dev}:${ino}`;
  const first = firstNames.get(identity);
  if (first === undefined) firstNames.set(identity, name);
  return first;
}

/** sha256 of the first `size` bytes. */
async function hashFile(path: string | Buffer, size: number): Promise<Buffer> {
  if (size <= pieceSize) {
    const content = readAtOnce(path, size);
    if (content.length < size) throw shorter(path);
    // Half the price of a hash object.
    return hash('sha256', content, 'buffer');
  }
  const hashing = createHash('sha256');
  let length = 0;
  for await (const piece of readPieces(path, size)) {
    hashing.update(piece);
    length += piece.length;
  }
  if (length < size) throw shorter(path);
  return hashing.digest();
}

export const shorter = (path: string | Buffer): Error => failedPrecondition(`cannot read ${path.toString()}: it became shorter meanwhile`);

function typeOf(stats: Stats): Type {
  if (stats.isDirectory()) return Type.BUILD_CONTEXT_FILE_TYPE_DIRECTORY;
  if (stats.isSymbolicLink()) return Type.BUILD_CONTEXT_FILE_TYPE_SYMLINK;
  if (stats.isFIFO()) return Type.BUILD_CONTEXT_FILE_TYPE_FIFO;
  if (stats.isCharacterDevice()) return Type.BUILD_CONTEXT_FILE_TYPE_CHARACTER_DEVICE;
  return stats.isBlockDevice() ? Type.BUILD_CONTEXT_FILE_TYPE_BLOCK_DEVICE : Type.BUILD_CONTEXT_FILE_TYPE_REGULAR;
}

/** Linux: makedev(3). */
function deviceOf({ rdev }: Stats): { major: number; minor: number } {
  return { major: (rdev >>> 8) & 0xfff, minor: (rdev & 0xff) | ((rdev >>> 12) & 0xfff00) };
}
