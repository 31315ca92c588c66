import type { ImageEngine } from '../engine.ts';
import { familiarName } from '../image/names.ts';
import { diskOfPartials, measureLayers } from '../store/disk-sizes.ts';
import { isBlob, type Piece, piecesBesideImages, piecesHere, piecesOfCache, piecesOfImage, sizeOfPiece } from '../store/pieces.ts';
import type { ImageRecord } from '../store/records.ts';

/** What one image takes of the disk, in bytes. */
export interface ImageUsage {
  readonly image: ImageRecord;
  /** Familiar names by tag. */
  readonly names: readonly string[];
  readonly size: number;
  /** What would come back if it alone went. */
  readonly unique: number;
  /** How much of `size` is kept as it was pulled or built, beside the unpacked layers. */
  readonly compressed: number;
  /** Containers made from it. */
  readonly containers: number;
}

export interface StoreUsage {
  /** Largest first. */
  readonly images: readonly ImageUsage[];
  /** Bytes of all that is here, also for no image, each counted once; without what only the build cache has. */
  readonly total: number;
  /** How much of `total` is kept as it was pulled or built. */
  readonly compressed: number;
  /** How much of `total` no image has: layers of removed ones that containers use, interrupted pulls, what clients of containerd hold. */
  readonly beside: number;
  /** Bytes that would come back if all went that no container is made from. */
  readonly reclaimable: number;
}

export async function storeUsage(engine: ImageEngine): Promise<StoreUsage> {
  await measureLayers(engine);
  return engine.store.transaction(() => look(engine));
}

/** An image and the pieces that it consists of. */
export interface Composition {
  readonly image: ImageRecord;
  readonly names: readonly string[];
  readonly pieces: ReadonlySet<Piece>;
}

export function compositions(engine: ImageEngine): Composition[] {
  const names = Map.groupBy(engine.records.names.all(), ({ image }) => image ?? '');
  return engine.records.images.all().map((image) => {
    const own = names.get(image.id) ?? [];
    const tags = own.filter(({ kind }) => kind === 'tag').map(familiarName);
    return { image, names: tags.sort(), pieces: piecesOfImage(engine, image, own) };
  });
}

/** Bytes that each image alone has, by id. */
export function uniqueSizes(engine: ImageEngine, images: readonly Composition[]): Map<string, number> {
  const others = piecesBesideImages(engine);
  const owners = countOwners(images);
  const own = ({ pieces }: Composition): Piece[] => [...pieces].filter((piece) => owners.get(piece) === 1 && !others.has(piece));
  return new Map(images.map((image) => [image.image.id, sum(engine, own(image))]));
}

function look(engine: ImageEngine): StoreUsage {
  const images = compositions(engine);
  const unique = uniqueSizes(engine, images);
  const containers = new Map(Map.groupBy(engine.records.roots.all(), ({ image }) => image).entries().map(([id, roots]) => [id, roots.length]));
  const all = new Set(images.flatMap(({ pieces }) => [...pieces]));
  const used = images.filter(({ image }) => containers.has(image.id)).flatMap(({ pieces }) => [...pieces]);
  const usages = images.map(({ image, names, pieces }) => ({
    image,
    names,
    size: sum(engine, pieces),
    unique: unique.get(image.id) ?? 0,
    compressed: sum(engine, [...pieces].filter(isBlob)),
    containers: containers.get(image.id) ?? 0,
  }));
  const here = piecesHere(engine).difference(piecesOfCache(engine));
  const partials = diskOfPartials(engine.layout);
  const total = sum(engine, here) + partials;
  return {
    images: usages.sort((a, b) => b.size - a.size),
    total,
    compressed: sum(engine, Iterator.from(here).filter(isBlob)) + partials,
    beside: total - sum(engine, all),
    reclaimable: sum(engine, all.difference(new Set([...used, ...piecesBesideImages(engine)]))),
  };
}

function countOwners(images: readonly Composition[]): Map<Piece, number> {
  const owners = new Map<Piece, number>();
  for (const { pieces } of images) for (const piece of pieces) owners.set(piece, (owners.get(piece) ?? 0) + 1);
  return owners;
}

function sum(engine: ImageEngine, pieces: Iterable<Piece>): number {
  return Iterator.from(pieces).reduce((total, piece) => total + sizeOfPiece(engine, piece), 0);
}
