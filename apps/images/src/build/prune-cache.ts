import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageEngine } from '../engine.ts';
import { measureLayers } from '../store/disk-sizes.ts';
import { collectGarbage } from '../store/garbage.ts';
import { removeTree } from '../store/remove-tree.ts';
import { gateOf, useOf } from './cache-mount.ts';
import { type CachePart, mountParts, packParts, stepParts } from './cache-parts.ts';
import { removePacks } from './packs/trim-packs.ts';

/** What was not used for this long may go; milliseconds. */
export const keptFor = 7 * 24 * 60 * 60_000;

export interface PruneWish {
  /** Also what images share. */
  readonly all: boolean;
  /** Only say what would go. */
  readonly dryRun: boolean;
  /** What was used since stays, Unix milliseconds; when not given a week, or nothing with `all`. */
  readonly until?: number;
}

/** Forgets kept steps of builds, with the layers that nothing else needs, cache mounts, and contents of contexts. Says what went. */
export async function pruneCache(engine: ImageEngine, wish: PruneWish): Promise<CachePart[]> {
  await measureLayers(engine);
  return [...(await pruneSteps(engine, wish)), ...(await pruneMounts(engine, wish)), ...(await prunePacks(engine, wish))];
}

function mayGo({ usedAt, inUse, shared }: CachePart, { all, until = all ? Infinity : Date.now() - keptFor }: PruneWish): boolean {
  return !inUse && (all || !shared) && usedAt < until;
}

async function pruneSteps(engine: ImageEngine, wish: PruneWish): Promise<CachePart[]> {
  const { store, records } = engine;
  const { steps, parts } = store.transaction(() => {
    const all = records.steps.all();
    const going = new Set(stepParts(engine, all).filter((part) => mayGo(part, wish)).map(({ id }) => id));
    const [gone, kept] = [all.filter(({ id }) => going.has(id)), all.filter(({ id }) => !going.has(id))];
    const freed = stepParts(engine, gone, kept);
    if (!wish.dryRun) for (const { id } of gone) records.steps.delete(id);
    return { steps: gone, parts: freed };
  });
  if (!wish.dryRun) await collectGarbage(engine, { blobs: [], diffIds: steps.flatMap(({ layer }) => layer?.diffId ?? []) });
  return parts;
}

async function pruneMounts(engine: ImageEngine, wish: PruneWish): Promise<CachePart[]> {
  const gone: CachePart[] = [];
  for (const part of await mountParts(engine)) if (mayGo(part, wish) && (await removeMount(engine, part, wish))) gone.push(part);
  return gone;
}

/** False when somebody has begun to use it, or has removed it. */
async function removeMount({ store, layout, content }: ImageEngine, { id }: CachePart, { dryRun }: PruneWish): Promise<boolean> {
  using gate = store.leases.tryHold(gateOf(id));
  if (!gate || store.leases.held().some((lease) => lease.startsWith(useOf(id)))) return false;
  const home = join(layout.buildCaches, id);
  // Another replica may have been faster.
  if (!existsSync(home)) return false;
  if (dryRun) return true;
  const trash = content.temporary();
  await rename(home, trash);
  await removeTree(trash);
  return true;
}

async function prunePacks(engine: ImageEngine, wish: PruneWish): Promise<CachePart[]> {
  const parts = packParts(engine).filter((part) => mayGo(part, wish));
  if (wish.dryRun) return parts;
  const going = new Set(parts.map(({ id }) => id));
  const gone = new Set((await removePacks(engine, ({ id }) => going.has(id))).map(({ id }) => id));
  return parts.filter(({ id }) => gone.has(id));
}
