import { type BigIntStats, closeSync, constants, openSync, readlinkSync } from 'node:fs';
import { lgetxattr, llistxattr } from '@arcbox/linux';
import { isAccessList } from './access-list.ts';
import { findExtents } from './find-extents.ts';
import { isLayerAttribute } from './layer-entry.ts';
import type { TarEntry } from './encode-entry.ts';
import { storedBytes } from './sparse-map.ts';
import type { TarItem } from './tar-writer.ts';
import { type TreeFile, unlessGone, walkTree, type WalkOptions } from './walk-tree.ts';

export interface TreeOptions extends WalkOptions {
  /** Seconds since 1970: later mtimes become this. */
  readonly clampTime?: number;
  /** Holes of files are not in the archive, in a way that not every reader understands: GNU's, format 1.0. */
  readonly sparse?: boolean;
  /** With access control lists, which layers do not have. */
  readonly lists?: boolean;
}

/** A file and its place in the archive. */
export interface TreeItem extends TarItem {
  readonly file: TreeFile;
}

/** Letters of tar for what a file can be; sockets have none. */
const typeBits = 0o170000;
const types: { readonly [bits: number]: string } = {
  0o100000: '0',
  0o120000: '2',
  0o020000: '3',
  0o060000: '4',
  0o040000: '5',
  0o010000: '6',
};

/**
 * The files of a tree as entries of an archive, the root as `./` first. Names
 * of one file after the first are hard links to it. Sockets are left out: they
 * mean nothing without the process behind them.
 */
export function* treeItems(root: string, options: TreeOptions = {}): Generator<TreeItem, void, undefined> {
  const linked = new Map<string, string>();
  for (const file of walkTree(root, options)) {
    const type = types[Number(file.stat.mode) & typeBits];
    if (type === undefined) continue;
    const mayBeLinked = type !== '5' && file.stat.nlink > 1n;
    const link = mayBeLinked ? linked.get(identityOf(file.stat)) : undefined;
    if (link !== undefined) {
      yield { file, entry: { ...describe(file, '1', options), link } };
      continue;
    }
    const entry = unlessGone(() => describeFully(file, type, options));
    if (entry === undefined) continue;
    if (mayBeLinked) linked.set(identityOf(file.stat), file.name);
    if (entry.size > 0) yield* withContent({ file, entry }, options);
    else yield { file, entry };
  }
}

/** One file that is no directory as an entry; none for a socket. */
export function* fileItems(file: TreeFile, options: TreeOptions = {}): Generator<TreeItem, void, undefined> {
  const entry = entryOf(file, options);
  if (!entry) return;
  if (entry.size > 0) yield* withContent({ file, entry }, options);
  else yield { file, entry };
}

/** Opened through its handle, so it is no device that has taken the file's name. */
function* withContent({ file, entry }: TreeItem, { sparse = false }: TreeOptions): Generator<TreeItem, void, undefined> {
  const descriptor = openSync(file.content, constants.O_RDONLY);
  try {
    const hasHoles = sparse && file.stat.blocks * blockOfStat < file.stat.size;
    const extents = hasHoles ? findExtents(descriptor, entry.size) : [];
    // What is compressed on the disk has fewer blocks too, and no holes.
    const isSparse = hasHoles && storedBytes({ size: entry.size, extents }) < entry.size;
    yield { file, entry: isSparse ? { ...entry, extents } : entry, content: { file: descriptor } };
  } finally {
    closeSync(descriptor);
  }
}

/** stat(2) counts the room of a file in these, whatever the disk has. */
const blockOfStat = 512n;

const identityOf = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`;

/** A file that is linked to no other; undefined for a socket. Throws ENOENT when it went away. */
export function entryOf(file: TreeFile, options: TreeOptions = {}): TarEntry | undefined {
  const type = types[Number(file.stat.mode) & typeBits];
  return type === undefined ? undefined : describeFully(file, type, options);
}

function describeFully(file: TreeFile, type: string, options: TreeOptions): TarEntry {
  const link = type === '2' ? readlinkSync(file.path, { encoding: 'buffer' }).toString('latin1') : '';
  return { ...describe(file, type, options), link, xattrs: attributesOf(file, type, options) };
}

function describe({ name, stat }: TreeFile, type: string, { clampTime = Infinity }: TreeOptions): TarEntry {
  const isDevice = type === '3' || type === '4';
  return {
    name: name === '' ? './' : name,
    type,
    mode: Number(stat.mode & 0o7777n),
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    size: type === '0' ? Number(stat.size) : 0,
    link: '',
    major: isDevice ? majorOf(stat.rdev) : 0,
    minor: isDevice ? minorOf(stat.rdev) : 0,
    xattrs: new Map(),
    ...timeOf(stat.mtimeNs, clampTime),
  };
}

function timeOf(nanoseconds: bigint, clampTime: number): Pick<TarEntry, 'mtime' | 'exactMtime'> {
  const second = 1_000_000_000n;
  const fraction = ((nanoseconds % second) + second) % second;
  const mtime = Number((nanoseconds - fraction) / second);
  if (mtime >= clampTime) return { mtime: clampTime };
  return { mtime, exactMtime: fraction === 0n ? undefined : decimal(nanoseconds) };
}

/** Seconds as pax(1) writes them. */
function decimal(nanoseconds: bigint): string {
  const digits = String(nanoseconds < 0n ? -nanoseconds : nanoseconds).padStart(10, '0');
  return `${nanoseconds < 0n ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

function attributesOf({ path }: TreeFile, type: string, { lists = false }: TreeOptions): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const name of llistxattr(path).filter((key) => isLayerAttribute(key, type) || (lists && isAccessList(key, type)))) {
    const value = lgetxattr(path, name);
    if (value) attributes.set(name, value.toString('latin1'));
  }
  return attributes;
}

/** Halves of a device number: makedev(3). */
const majorOf = (device: bigint): number => Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n));
const minorOf = (device: bigint): number => Number((device & 0xffn) | ((device >> 12n) & 0xffffff00n));
