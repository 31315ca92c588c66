import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageEngine } from '../engine.ts';
import { diskOfFile, measureLayers, sizesOfTrees } from '../store/disk-sizes.ts';
import { usedByImages } from '../store/needed-digests.ts';
import { type Piece, piecesOfCache, piecesOfStep, sizeOfPiece } from '../store/pieces.ts';
import { pinnedDigests } from '../store/pins.ts';
import type { StepRecord } from '../store/records.ts';
import { useOf } from './cache-mount.ts';

/** One thing in the build cache. */
export interface CachePart {
  /** Of a kept step, a cache mount or a pack of contents. */
  readonly id: string;
  readonly kind: 'step' | 'mount' | 'context';
  /** For people; may be empty. */
  readonly name: string;
  /** Bytes of disk that only the cache has; what several steps have is the first one's. */
  readonly size: number;
  /** Unix milliseconds. */
  readonly usedAt: number;
  /** Unix milliseconds; 0 when it is not known. */
  readonly createdAt: number;
  /** A build uses it now. */
  readonly inUse: boolean;
  /** An image has its layer too. */
  readonly shared: boolean;
}

/** Everything that is kept for later builds. */
export async function cacheParts(engine: ImageEngine): Promise<CachePart[]> {
  await measureLayers(engine);
  const steps = engine.store.transaction(() => stepParts(engine, engine.records.steps.all()));
  return [...steps, ...(await mountParts(engine)), ...packParts(engine)];
}

/** Parts of steps. `kept` are others that stay: what they have is not these steps'. Call it in a transaction. */
export function stepParts(engine: ImageEngine, steps: readonly StepRecord[], kept: readonly StepRecord[] = []): CachePart[] {
  const { store, records, content } = engine;
  const used = usedByImages(records, content);
  const pinned = pinnedDigests(store, records);
  const left = piecesOfCache(engine).difference(new Set<Piece>(kept.flatMap(piecesOfStep)));
  return steps.map((step) => {
    const { id, name, layer, usedAt, createdAt } = step;
    const own = piecesOfStep(step).filter((piece) => left.delete(piece));
    return {
      id,
      kind: 'step',
      name,
      size: own.reduce((sum, piece) => sum + sizeOfPiece(engine, piece), 0),
      usedAt: Date.parse(usedAt),
      createdAt: Date.parse(createdAt),
      inUse: layer !== undefined && pinned.has(layer.diffId),
      shared: layer !== undefined && used.has(layer.diffId),
    };
  });
}

/** Parts of cache mounts: they change, so they are walked. */
export async function mountParts({ layout, store }: ImageEngine): Promise<CachePart[]> {
  const names = readdirSync(layout.buildCaches);
  if (names.length === 0) return [];
  const sizes = await sizesOfTrees(names.map((name) => join(layout.buildCaches, name)));
  const held = store.leases.held();
  return names.flatMap((id): CachePart[] => {
    const home = join(layout.buildCaches, id);
    const size = sizes.get(home);
    // Another replica may have removed it.
    if (size === undefined || !existsSync(home)) return [];
    const mark = join(home, 'id');
    const stat = lstatSync(mark, { throwIfNoEntry: false });
    const inUse = held.some((lease) => lease.startsWith(useOf(id)));
    return [{
      id,
      kind: 'mount',
      name: stat ? readFileSync(mark, 'utf8') : '',
      size,
      usedAt: stat?.mtimeMs ?? 0,
      createdAt: stat?.birthtimeMs ?? 0,
      inUse,
      shared: false,
    }];
  });
}

export function packParts({ records, layout }: ImageEngine): CachePart[] {
  return records.packs.all().map(({ id, contents, usedAt }) => ({
    id,
    kind: 'context',
    name: contents === 1 ? '1 file' : `${contents} files`,
    size: diskOfFile(layout.pack(id)),
    usedAt,
    createdAt: 0,
    inUse: false,
    shared: false,
  }));
}
