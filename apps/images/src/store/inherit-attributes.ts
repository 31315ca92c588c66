import { type BigIntStats, chmodSync, lchownSync, lstatSync, mkdirSync } from 'node:fs';
import { lgetxattr, llistxattr, systemCall } from '@arcbox/linux';
import { splitName } from '@arcbox/tar';
import type { Digest } from '../image/digest.ts';
import type { Layout } from './layout.ts';
import type { Records } from './records.ts';

const lsetxattr = systemCall(
  'lsetxattr',
  'int lsetxattr(const void *path, const char *name, const void *value, size_t size, int flags)',
);
const utimensat = systemCall('utimensat', 'int utimensat(int directory, const void *path, const void *times, int flags)');

/** fcntl.h: AT_FDCWD */
const workingDirectory = -100;

/** An unpacked layer: where it is, and the directories that it says nothing about. Names are bytes (latin1). */
interface Layer {
  readonly path: string;
  readonly implied: ReadonlySet<string>;
}

/**
 * A merged directory shows the attributes of the topmost layer that has it. Where
 * that one has no entry for it, those of the layers below are meant: `/tmp` stays
 * open to all when a layer only adds a file to it. They go to the writable part,
 * which is above all layers and belongs to this root alone.
 */
export function inheritAttributes(
  layout: Layout,
  { layers }: Pick<Records, 'layers'>,
  diffIds: readonly Digest[],
  upper: string,
): void {
  const stack = [...new Set(diffIds.toReversed())].map((diffId): Layer => {
    return { path: layout.layer(diffId), implied: new Set(layers.get(diffId)?.implied) };
  });
  const made = new Map<string, string>();
  for (const name of inheriting(stack)) makeAlike(stack, name, upper, made);
  // Now that all are made: what is made in a directory changes its time.
  for (const [name, source] of made) copyTimes(pathIn(source, name), pathIn(upper, name));
}

/** Directories that the topmost layer with them leaves to one below. */
function* inheriting(stack: readonly Layer[]): Generator<string, void, undefined> {
  const depthOf = (name: string): number => (name === '' ? 0 : name.split('/').length);
  const names = [...new Set(stack.flatMap(({ implied }) => [...implied]))].sort((a, b) => depthOf(a) - depthOf(b));
  // What is in a directory of one layer alone is in no other.
  const alone = new Set<string>();
  for (const name of names) {
    const [top, ...below] = name !== '' && alone.has(splitName(name).directory) ? [] : layersWith(stack, name);
    if (below.length === 0) alone.add(name);
    else if (top?.implied.has(name) && below.some(({ implied }) => !implied.has(name))) yield name;
  }
}

function makeAlike(stack: readonly Layer[], name: string, upper: string, made: Map<string, string>): void {
  if (made.has(name)) return;
  if (name !== '') makeAlike(stack, splitName(name).directory, upper, made);
  const having = layersWith(stack, name);
  const source = having.find(({ implied }) => !implied.has(name)) ?? having[0];
  if (!source) return;
  const [from, to] = [pathIn(source.path, name), pathIn(upper, name)];
  if (name !== '') mkdirSync(to, { mode: 0o700 });
  made.set(name, source.path);
  const { uid, gid, mode } = lstatSync(from);
  lchownSync(to, uid, gid);
  chmodSync(to, mode & 0o7777);
  for (const attribute of llistxattr(from).filter((one) => !one.startsWith('trusted.overlay.'))) {
    const value = lgetxattr(from, attribute) ?? Buffer.alloc(0);
    lsetxattr(Buffer.concat([to, nul]), attribute, value, value.length, 0);
  }
}

/** The layers whose directories of this name are merged, the topmost first. */
function layersWith(stack: readonly Layer[], name: string): Layer[] {
  const found: Layer[] = [];
  for (const layer of stack) {
    const view = lookUp(layer.path, name);
    if (view.isThere) found.push(layer);
    if (view.hidesBelow) break;
  }
  return found;
}

function lookUp(layer: string, name: string): { isThere: boolean; hidesBelow: boolean } {
  const parts = name === '' ? [] : name.split('/');
  let isOpaque = false;
  for (let depth = 0; depth <= parts.length; depth++) {
    const path = pathIn(layer, parts.slice(0, depth).join('/'));
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (!stat) return { isThere: false, hidesBelow: isOpaque };
    if (!stat.isDirectory()) return { isThere: false, hidesBelow: true };
    // An opaque directory hides what is in those below, not their attributes.
    if (depth < parts.length) isOpaque ||= lgetxattr(path, 'trusted.overlay.opaque')?.toString() === 'y';
  }
  return { isThere: true, hidesBelow: isOpaque };
}

const nul = Buffer.alloc(1);

function pathIn(root: string, name: string): Buffer {
  return Buffer.concat([Buffer.from(name === '' ? root : `${root}/`), Buffer.from(name, 'latin1')]);
}

function copyTimes(from: Buffer, to: Buffer): void {
  const { atimeNs, mtimeNs }: BigIntStats = lstatSync(from, { bigint: true });
  const times = Buffer.alloc(32);
  for (const [index, time] of [atimeNs, mtimeNs].entries()) {
    const nanoseconds = ((time % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
    times.writeBigInt64LE((time - nanoseconds) / 1_000_000_000n, index * 16);
    times.writeBigInt64LE(nanoseconds, index * 16 + 8);
  }
  utimensat(workingDirectory, Buffer.concat([to, nul]), times, 0);
}
