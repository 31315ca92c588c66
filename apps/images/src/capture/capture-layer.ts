import { existsSync, lstatSync, readdirSync, rmSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { type TarItem, writeTar } from '@arcbox/tar';
import type { Digest } from '../image/digest.ts';
import type { ImageEngine } from '../engine.ts';
import { type Descriptor, MediaType } from '../image/manifest.ts';
import type { Pin } from '../store/pins.ts';
import { makeUpper } from '../roots/prepare.ts';
import { removeTree } from '../store/remove-tree.ts';
import { layerItems } from './layer-items.ts';
import { packLayer } from './pack-layer.ts';

/** A layer of our own making, in the store. */
export interface CapturedLayer {
  readonly diffId: Digest;
  readonly blob: Descriptor;
  /** Bytes of its files. */
  readonly size: number;
}

/** The writable part of a root, as `makeWritable` makes it. */
export interface Writable {
  /** Absolute path; holds `upper`. */
  readonly directory: string;
  /** The layers below, lowest first. */
  readonly diffIds: readonly Digest[];
}

export interface CaptureOptions {
  /**
   * The files themselves become the layer, and the root is as it was made: only
   * for one that is not mounted. Otherwise they are copied, and may change
   * meanwhile.
   */
  readonly take: boolean;
  /** Seconds since 1970: later mtimes become this (SOURCE_DATE_EPOCH). */
  readonly clampTime?: number;
  /** Gets the new digests. */
  readonly pin: Pin;
}

/** Makes a layer of what was written to a root; undefined when nothing was. */
export async function captureLayer(
  engine: ImageEngine,
  root: Writable,
  { take, clampTime, pin }: CaptureOptions,
  signal: AbortSignal,
): Promise<CapturedLayer | undefined> {
  const { content, layers } = engine;
  const upper = join(root.directory, 'upper');
  const changes = changesOf(upper, placeOfTop(engine, root));
  if (!changes.any) return undefined;
  const [file, copy] = [content.temporary(), content.temporary()];
  try {
    const counted = new Counted(layerItems(upper, { clampTime, touch: take, withRoot: changes.withRoot }));
    const archive = writeTar(counted.items(), { isChanging: !take });
    const { digest, size, diffId } = await packLayer(
      archive,
      { file, directory: take ? undefined : copy, limits: engine.limits },
      signal,
    );
    const blob = { mediaType: `${MediaType.layer}+gzip`, digest, size };
    pin.add(diffId, digest);
    const made = { file, directory: take ? upper : copy, size: counted.bytes };
    const record = await layers.adopt({ blob, diffId }, made, signal);
    if (take) await makeEmpty(engine, root);
    return { diffId, blob, size: record.size };
  } finally {
    rmSync(file, { force: true });
    if (existsSync(copy)) await removeTree(copy);
  }
}

/** What is seen at the root as long as nothing is changed there. */
function placeOfTop({ layout }: ImageEngine, { diffIds }: Writable): string {
  const top = diffIds.at(-1);
  return top === undefined ? layout.emptyLayer : layout.layer(top);
}

/**
 * Whether anything was written, and whether the root directory is among it. An
 * archive without one leaves it to root, so one of other owner or mode is
 * always in.
 */
function changesOf(upper: string, top: string): { any: boolean; withRoot: boolean } {
  const [now, before] = [lstatSync(upper), lstatSync(top)];
  const isSame = attributesOf(now) === attributesOf(before);
  return {
    any: !isSame || readdirSync(upper, { encoding: 'buffer' }).length > 0,
    withRoot: !isSame || attributesOf(now) !== '0:0 755',
  };
}

const attributesOf = ({ uid, gid, mode }: Stats): string => `${uid}:${gid} ${(mode & 0o7777).toString(8)}`;

/** The upper directory was taken; where the layer was here already, it is still there. */
async function makeEmpty({ layout }: ImageEngine, { directory, diffIds }: Writable): Promise<void> {
  const upper = join(directory, 'upper');
  if (existsSync(upper)) await removeTree(upper);
  makeUpper(layout, directory, diffIds.at(-1));
}

/** Adds up the bytes of files that pass. */
class Counted {
  readonly #items: Iterable<TarItem>;
  bytes = 0;

  constructor(items: Iterable<TarItem>) {
    this.#items = items;
  }

  *items(): Generator<TarItem, void, undefined> {
    for (const item of this.#items) {
      this.bytes += item.entry.size;
      yield item;
    }
  }
}
