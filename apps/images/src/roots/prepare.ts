import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync } from 'node:fs';
import { isAbsolute, join, normalize } from 'node:path';
import { alreadyExists, failedPrecondition, invalidArgument } from '@arcbox/errors';
import { isMounted, unmount } from '@arcbox/linux';
import type { Digest } from '../image/digest.ts';
import type { ImageEngine } from '../engine.ts';
import { findImage } from '../catalogue/find-image.ts';
import { collectGarbage } from '../store/garbage.ts';
import { inheritAttributes } from '../store/inherit-attributes.ts';
import type { Layout } from '../store/layout.ts';
import type { Records, RootRecord } from '../store/records.ts';
import { removeTree } from '../store/remove-tree.ts';

/** One mount, in the terms of mount(2); options as in fstab. */
export interface RootMount {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly options: readonly string[];
}

/**
 * Makes the writable part of a root and returns the mounts that, done in order,
 * give it at `path`. The image's layers stay until `cleanupRoot`.
 */
export async function prepareRoot(
  engine: ImageEngine,
  path: string,
  imageName: string,
  signal: AbortSignal,
): Promise<RootMount[]> {
  const { store, records, layout } = engine;
  const id = parsePath(path);
  using _lease = await store.leases.hold(leaseOfRoot(id), signal);
  if (records.roots.get(id)) throw alreadyExists(`${id} is prepared already`);
  // The cleanup would unmount it, whatever it is.
  if (isMounted(id)) throw failedPrecondition(`something is mounted at ${id}`);
  const directory = randomBytes(6).toString('hex');
  // From here on the root keeps its layers: a removal may be waiting for the same moment.
  const diffIds = store.transaction(() => {
    const { image } = findImage(records, imageName);
    records.roots.put({ id, image: image.id, diffIds: image.diffIds, directory, createdAt: new Date().toISOString() });
    return image.diffIds;
  });
  try {
    makeWritable(layout, layout.root(directory), diffIds.at(-1));
    inheritAttributes(layout, records, diffIds, join(layout.root(directory), 'upper'));
    const options = overlayOptions(layout, records, diffIds, layout.root(directory));
    return [{ type: 'overlay', source: 'overlay', target: id, options }];
  } catch (error) {
    await forgetRoot(engine, { id, directory });
    throw error;
  }
}

async function forgetRoot({ layout, records }: ImageEngine, { id, directory }: Pick<RootRecord, 'id' | 'directory'>): Promise<void> {
  await removeTree(layout.root(directory));
  records.roots.delete(id);
}

/** Unmounts a root and removes what was written to it. One that is not there is fine. */
export async function cleanupRoot(engine: ImageEngine, path: string, signal?: AbortSignal): Promise<void> {
  const { store, records } = engine;
  const id = parsePath(path);
  using _lease = await store.leases.hold(leaseOfRoot(id), signal);
  const root = records.roots.get(id);
  if (!root) return;
  while (isMounted(id)) unmount(id);
  await forgetRoot(engine, root);
  if (records.images.get(root.image) === undefined) await collectGarbage(engine, { blobs: [], diffIds: root.diffIds });
}

export function parsePath(path: string): string {
  if (!isAbsolute(path) || path.includes('\0'))
    throw invalidArgument(`path of a root must be absolute: ${JSON.stringify(path)}`);
  const plain = normalize(path).replace(/(?<=.)\/+$/, '');
  if (plain === '/') throw invalidArgument('path of a root cannot be /');
  return plain;
}

export const leaseOfRoot = (path: string): string => `root/${path}`;

/** Makes the writable part of a root on top of these layers. */
export function makeWritable(layout: Layout, directory: string, top: Digest | undefined): void {
  mkdirSync(join(directory, 'work'), { recursive: true, mode: 0o700 });
  makeUpper(layout, directory, top);
}

/** The merged root shows owner and mode of the upper directory, so those of the topmost layer go there. */
export function makeUpper(layout: Layout, directory: string, top: Digest | undefined): void {
  const upper = join(directory, 'upper');
  mkdirSync(upper, { mode: 0o700 });
  const { uid, gid, mode } = lstatSync(top === undefined ? layout.emptyLayer : layout.layer(top));
  chownSync(upper, uid, gid);
  chmodSync(upper, mode & 0o7777);
}

/** Options that mount layers, the lowest first; `directory` holds the writable part, without one there is none. */
export function overlayOptions(
  layout: Layout,
  { layers }: Pick<Records, 'layers'>,
  diffIds: readonly Digest[],
  directory?: string,
): string[] {
  const lower = [...new Set(diffIds.toReversed())].map((diffId) => {
    const layer = layers.get(diffId);
    if (!layer) throw new Error(`layer ${diffId} is not recorded`);
    return layout.link(layer.short);
  });
  // Without a writable part the kernel wants two lower directories.
  const needed = directory === undefined ? 2 : 1;
  const empty = Array.from({ length: Math.max(0, needed - lower.length) }, () => layout.emptyLayer);
  const writable = directory === undefined ? [] : [`upperdir=${join(directory, 'upper')}`, `workdir=${join(directory, 'work')}`];
  return [`lowerdir=${[...lower, ...empty].join(':')}`, ...writable, ...plainOptions()];
}

/** Options that mount layers to be read only, below what has been written to a root of them. */
export function readOnlyOptions(layout: Layout, records: Pick<Records, 'layers'>, diffIds: readonly Digest[], upper: string): string {
  return overlayOptions(layout, records, diffIds).join(',').replace('lowerdir=', `lowerdir=${upper}:`);
}

/**
 * Upper directories must stay plain files and whiteouts, whatever this kernel's
 * defaults: they are read back when a container is committed. `index` would tie
 * them to one lower directory's inode.
 */
function plainOptions(): string[] {
  const switches = ['index', 'metacopy', 'redirect_dir'];
  return switches.filter((name) => existsSync(`/sys/module/overlay/parameters/${name}`)).map((name) => `${name}=off`);
}
