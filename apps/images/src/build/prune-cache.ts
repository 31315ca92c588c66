import { execFile } from 'node:child_process';
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ImageEngine } from '../engine.ts';
import { collectGarbage, usedByImages } from '../store/garbage.ts';
import { pinnedDigests } from '../store/pins.ts';
import type { PackRecord, StepRecord } from '../store/records.ts';
import { removeTree } from '../store/remove-tree.ts';
import { gateOf, useOf } from './cache-mount.ts';
import { removePacks } from './packs/trim-packs.ts';

const run = promisify(execFile);

/** What was not used for this long may go; milliseconds. */
export const keptFor = 7 * 24 * 60 * 60_000;

/** Walking a large cache takes its time; milliseconds. */
const patience = 60_000;

export interface PruneWish {
  /** Everything that no build uses now; otherwise what no image shares and was not used for a week. */
  readonly all: boolean;
  /** Only say what would go. */
  readonly dryRun: boolean;
}

export interface Pruned {
  /** Ids of kept steps, names of cache mounts, ids of packs. */
  readonly deleted: readonly string[];
  /** Bytes on disk. */
  readonly reclaimed: number;
}

/** Forgets kept steps of builds, with the layers that nothing else needs, cache mounts, and contents of contexts. */
export async function pruneCache(engine: ImageEngine, wish: PruneWish): Promise<Pruned> {
  const steps = await pruneSteps(engine, wish);
  const mounts = await pruneMounts(engine, wish);
  const packs = await prunePacks(engine, wish);
  return {
    deleted: [steps, mounts, packs].flatMap(({ deleted }) => deleted),
    reclaimed: steps.reclaimed + mounts.reclaimed + packs.reclaimed,
  };
}

async function pruneSteps(engine: ImageEngine, { all, dryRun }: PruneWish): Promise<Pruned> {
  const { store, records, content } = engine;
  const { gone, reclaimed } = store.transaction(() => {
    const used = usedByImages(records, content);
    const pinned = pinnedDigests(store, records);
    const mayGo = ({ layer, usedAt }: StepRecord): boolean => {
      if (layer && pinned.has(layer.diffId)) return false;
      return all || (isOld(Date.parse(usedAt)) && !(layer && used.has(layer.diffId)));
    };
    const old = records.steps.all().filter(mayGo);
    if (!dryRun) for (const { id } of old) records.steps.delete(id);
    const left = new Set(records.steps.all().flatMap(({ id, layer }) => (layer && !old.some((step) => step.id === id) ? layer.diffId : [])));
    const unshared = new Map(old.flatMap(({ layer }) => (layer && !used.has(layer.diffId) && !left.has(layer.diffId) ? [[layer.diffId, layer]] : [])));
    return { gone: old, reclaimed: unshared.values().reduce((sum, { size, blob }) => sum + size + blob.size, 0) };
  });
  if (!dryRun) await collectGarbage(engine, { blobs: [], diffIds: gone.flatMap(({ layer }) => layer?.diffId ?? []) });
  return { deleted: gone.map(({ id }) => id), reclaimed };
}

async function pruneMounts(engine: ImageEngine, wish: PruneWish): Promise<Pruned> {
  const deleted: string[] = [];
  let reclaimed = 0;
  for (const name of readdirSync(engine.layout.buildCaches)) {
    const size = await pruneMount(engine, name, wish);
    if (size === undefined) continue;
    deleted.push(name);
    reclaimed += size;
  }
  return { deleted, reclaimed };
}

/** Bytes of the mount that went; undefined when it stays. */
async function pruneMount({ store, layout, content }: ImageEngine, name: string, { all, dryRun }: PruneWish): Promise<number | undefined> {
  using gate = store.leases.tryHold(gateOf(name));
  if (!gate || store.leases.held().some((lease) => lease.startsWith(useOf(name)))) return undefined;
  const home = join(layout.buildCaches, name);
  // Another replica may have been faster.
  if (!existsSync(home)) return undefined;
  const mark = lstatSync(join(home, 'id'), { throwIfNoEntry: false });
  if (mark && !all && !isOld(mark.mtimeMs)) return undefined;
  const size = await sizeOf(home);
  if (dryRun) return size;
  const trash = content.temporary();
  await rename(home, trash);
  await removeTree(trash);
  return size;
}

async function prunePacks(engine: ImageEngine, { all, dryRun }: PruneWish): Promise<Pruned> {
  const mayGo = ({ usedAt }: PackRecord): boolean => all || isOld(usedAt);
  const gone = dryRun ? engine.records.packs.all().filter(mayGo) : await removePacks(engine, mayGo);
  return { deleted: gone.map(({ id }) => id), reclaimed: gone.reduce((sum, { bytes }) => sum + bytes, 0) };
}

const isOld = (time: number): boolean => Date.now() - time > keptFor;

async function sizeOf(directory: string): Promise<number> {
  const { stdout } = await run('du', ['-sxB1', '--', directory], { timeout: patience });
  return Number.parseInt(stdout, 10);
}
