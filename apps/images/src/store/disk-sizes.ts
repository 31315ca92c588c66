import { execFile } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ImageEngine } from '../engine.ts';
import { partialPrefix } from './content.ts';
import type { Layout } from './layout.ts';
import type { LayerRecord } from './records.ts';

const run = promisify(execFile);

/** Walking so many directories takes its time, on a slow disk above all; milliseconds. */
const patience = 10 * 60_000;

/** Directories that one du(1) walks. */
const atOnce = 100;

/** Bytes of disk of directories, by path; those that are gone are not in it. */
export async function sizesOfTrees(paths: readonly string[]): Promise<Map<string, number>> {
  const { stdout } = await run('du', ['-sxB1', '--', ...paths], { timeout: patience, maxBuffer: 1 << 20 }).catch((error: unknown) => {
    const { code, stdout: printed = '' } = error as { code?: unknown; stdout?: string };
    // It ends with 1 after it has printed the others.
    if (code === 1) return { stdout: printed };
    throw error;
  });
  return new Map(stdout.matchAll(/^(\d+)\t(.*)$/gm).map(([, bytes, path = '']) => [path, Number(bytes)]));
}

/** A layer never changes: the first who needs its size measures it, and the size is kept with its record. */
export async function measureLayers({ store, records, layout }: Pick<ImageEngine, 'store' | 'records' | 'layout'>): Promise<void> {
  const unmeasured = records.layers.all().filter(({ disk }) => disk === undefined);
  for (let first = 0; first < unmeasured.length; first += atOnce) {
    const layers = unmeasured.slice(first, first + atOnce);
    const sizes = await sizesOfTrees(layers.map(({ id }) => layout.layer(id)));
    store.transaction(() => {
      for (const { id } of layers) records.layers.update(id, (layer) => ({ ...layer, disk: sizes.get(layout.layer(id)) ?? layer.size }));
    });
  }
}

/** Bytes of disk of an unpacked layer; those of its files as long as nobody has measured it. */
export const diskOfLayer = ({ disk, size }: LayerRecord): number => disk ?? size;

/** Bytes of disk of a file in the store; 0 when it is not there. */
export function diskOfFile(path: string): number {
  return (statSync(path, { throwIfNoEntry: false })?.blocks ?? 0) * 512;
}

/** Bytes of disk of what interrupted downloads have left to go on from. */
export function diskOfPartials({ ingest }: Layout): number {
  const partials = readdirSync(ingest).filter((name) => name.startsWith(partialPrefix));
  return partials.reduce((sum, name) => sum + diskOfFile(join(ingest, name)), 0);
}
