import { existsSync, symlinkSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { dataLoss } from '@arcbox/errors';
import { type Digest, hexOf } from '../image/digest.ts';
import { type Layout, syncDirectory } from './layout.ts';
import type { Descriptor } from '../image/manifest.ts';
import type { LayerRecord, Records } from './records.ts';
import { removeTree } from './remove-tree.ts';

/** Where a layer's content is before it has its place; without a directory the layer is unpacked already. */
interface Unsettled {
  readonly file: string;
  readonly directory: string | undefined;
  /** Bytes of the layer's files. */
  readonly size: number;
  /** Directories that it has files in but says nothing about. */
  readonly implied?: readonly string[];
  /** Nobody comes back for it, should its image never come about. */
  readonly released?: true;
}

/** Gives verified and synced content its place and its record. The caller holds the layer's lease. */
export async function settleLayer(
  { layout, records }: { layout: Layout; records: Records },
  { blob, diffId }: { blob: Descriptor; diffId: Digest },
  { file, directory, size, implied = [], released }: Unsettled,
): Promise<LayerRecord> {
  await rename(file, layout.blob(blob.digest));
  syncDirectory(layout.blobs);
  if (directory === undefined) return addBlob(records, diffId, blob.digest);
  const place = layout.layer(diffId);
  // A crash may have come between renaming and recording.
  if (existsSync(place)) await removeTree(place);
  await rename(directory, place);
  syncDirectory(layout.layers);
  const short = linkLayer(layout, diffId, records.layers.count());
  syncDirectory(layout.links);
  const record = {
    id: diffId,
    short,
    size,
    blobs: [blob.digest],
    ...(implied.length > 0 ? { implied } : {}),
    createdAt: new Date().toISOString(),
    ...(released ? { released } : {}),
  };
  records.layers.put(record);
  return record;
}

function addBlob(records: Records, diffId: Digest, digest: Digest): LayerRecord {
  const changed = records.layers.update(diffId, (layer) => ({ ...layer, blobs: [...layer.blobs, digest] }));
  if (!changed) throw dataLoss(`layer ${diffId} is missing from the image store`);
  return changed;
}

/** Makes a free name in `l/`, from `start` on in base 36: short, so that many fit the options of one mount. */
function linkLayer(layout: Layout, diffId: Digest, start: number): string {
  for (let number = start + 1; ; number++) {
    const short = number.toString(36);
    try {
      symlinkSync(`../layers/${hexOf(diffId)}`, layout.link(short));
      return short;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
