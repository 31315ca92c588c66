import { keptByFilters, type PruneFilters } from '@arcbox/filters';
import type { ImageEngine } from '../engine.ts';
import { type Digest, shortOf } from '../image/digest.ts';
import { familiarName, namesOf } from '../image/names.ts';
import { measureLayers } from '../store/disk-sizes.ts';
import { type Candidates, changeAndCollect, type Collected, rehearseChange } from '../store/garbage.ts';
import { blobPiece, layerPiece, type Piece, sizeOfPiece } from '../store/pieces.ts';
import { pinnedDigests } from '../store/pins.ts';
import { blobsOfName, type ImageRecord, type NameRecord } from '../store/records.ts';
import { childrenFirst } from './children-first.ts';
import { deleteImages, untag } from './remove.ts';
import { type Composition, compositions, uniqueSizes } from './usage.ts';
import { containerOf } from './used-by.ts';

/** Which images may go. */
export interface PruneWish extends PruneFilters {
  /** Also those that have a name. */
  readonly all: boolean;
  /** Only say which would go. */
  readonly dryRun: boolean;
  /** Ids of containers that do not count. */
  readonly goneContainers: ReadonlySet<string>;
  /** Ids of kept steps of builds that do not count; only when nothing is removed. */
  readonly goneCache: readonly string[];
}

/** What becomes of one image. */
export interface ImageVerdict {
  readonly id: Digest;
  /** Familiar, the first of several; empty for none. */
  readonly name: string;
  /** Bytes of disk that come back when it goes in its turn; of what stays, in a report, those that it alone has. */
  readonly bytes: number;
  readonly removed: boolean;
  /** Empty where `usedBy` says it. */
  readonly reason: string;
  /** Ids of containers. */
  readonly usedBy: readonly string[];
  /** Names, ids of images and diff ids of layers that are gone. */
  readonly gone: readonly string[];
}

/** Removes images that nothing uses, all in one change; a report is that change, tried and taken back. */
export async function pruneImages(engine: ImageEngine, wish: PruneWish, signal: AbortSignal): Promise<ImageVerdict[]> {
  await measureLayers(engine);
  // What is gone has no size any more.
  const sizes = new Map<Piece, number>();
  const change = (): Judged[] => {
    if (wish.dryRun) forgetGone(engine, wish);
    const images = compositions(engine);
    for (const { pieces } of images) for (const piece of pieces) sizes.set(piece, sizeOfPiece(engine, piece));
    const unique = wish.dryRun ? uniqueSizes(engine, images) : undefined;
    return judgeAll(engine, images, wish).map((judged) => ({ ...judged, unique: unique?.get(judged.image.id) ?? 0 }));
  };
  const { result, collected } = wish.dryRun
    ? rehearseChange(engine, change, candidatesOf)
    : await changeAndCollect(engine, signal, change, candidatesOf);
  return toVerdicts(result, collected, sizes);
}

/** In a rehearsal: what will have let go of layers by then. */
function forgetGone({ records }: ImageEngine, { goneCache, goneContainers }: PruneWish): void {
  for (const step of goneCache) records.steps.delete(step);
  for (const { id } of records.roots.all()) if (goneContainers.has(containerOf(id) ?? '')) records.roots.delete(id);
}

interface Judged extends Composition, Judgement {
  readonly unique: number;
}

interface Judgement {
  readonly removed: boolean;
  readonly reason: string;
  readonly usedBy?: readonly string[];
  /** That went with it. */
  readonly untagged?: readonly NameRecord[];
}

/** Children come before the images they were built on: those may go with the last of them. */
function judgeAll(engine: ImageEngine, images: readonly Composition[], wish: PruneWish): Omit<Judged, 'unique'>[] {
  const pinned = pinnedDigests(engine.store, engine.records);
  const childrenOf = Map.groupBy(images.map(({ image }) => image), ({ parent }) => parent);
  const gone = new Set<Digest>();
  return childrenFirst(images).map((composition) => {
    const { image, names } = composition;
    const children = childrenOf.get(image.id) ?? [];
    const judgement = judge(engine, composition, { ...wish, pinned, children, child: children.find(({ id }) => !gone.has(id)) });
    if (judgement) return { ...composition, ...judgement };
    const untagged = engine.records.names.findBy('image', image.id);
    untag(engine, { image, names: untagged });
    deleteImages(engine, image, false);
    gone.add(image.id);
    return { ...composition, removed: true, reason: names.length > 0 ? 'no container uses it' : 'no name, and no container uses it', untagged };
  });
}

interface Scope extends PruneWish {
  readonly pinned: ReadonlySet<Digest>;
  /** Images built on it, and the first of them that stays. */
  readonly children: readonly ImageRecord[];
  readonly child: ImageRecord | undefined;
}

/** Why an image stays; undefined when it may go. */
function judge({ records }: ImageEngine, { image, names }: Composition, scope: Scope): Judgement | undefined {
  const kept = (reason: string): Judgement => ({ removed: false, reason });
  const roots = records.roots.findBy('image', image.id);
  const usedBy = roots.flatMap(({ id }) => containerOf(id) ?? []);
  if (usedBy.length > 0) return { ...kept(''), usedBy };
  if (roots[0]) return kept(`used by a root at ${roots[0].id}`);
  if (scope.pinned.has(image.id)) return kept('leased by a build, a pull or a push in flight');
  if (names.length > 0 && !scope.all) return kept('has a name, needs --all');
  if (names.length === 0) {
    if (scope.child) return kept(`parent of image ${nameOf(records, scope.child)}`);
    // Nobody sees it but as a part of those.
    if (scope.children.length > 0) return undefined;
  }
  const reason = keptByFilters({ created: Date.parse(image.created) || 0, labels: image.labels }, scope);
  return reason === undefined ? undefined : kept(reason);
}

function nameOf(records: ImageEngine['records'], { id }: ImageRecord): string {
  const [tag] = namesOf(records, id, 'tag');
  return tag ? familiarName(tag) : shortOf(id);
}

function candidatesOf(judged: readonly Judged[]): Candidates {
  const gone = judged.filter(({ removed }) => removed);
  return {
    blobs: gone.flatMap(({ image, untagged = [] }) => [...untagged.flatMap(blobsOfName), image.id, image.manifest.digest]),
    diffIds: [...new Set(gone.flatMap(({ image }) => image.diffIds.toReversed()))],
  };
}

/** What several have had went with the last of them. */
function toVerdicts(judged: readonly Judged[], { layers, blobs }: Collected, sizes: ReadonlyMap<Piece, number>): ImageVerdict[] {
  const left = new Set<Piece>([...layers.map(layerPiece), ...blobs.map(blobPiece)]);
  const verdicts = judged.toReversed().map(({ image, names, pieces, removed, reason, unique, usedBy = [], untagged = [] }): ImageVerdict => {
    const seen = { id: image.id, name: names[0] ?? '', removed, reason, usedBy };
    if (!removed) return { ...seen, bytes: unique, gone: [] };
    const freed = [...pieces].filter((piece) => left.delete(piece));
    const bytes = freed.reduce((sum, piece) => sum + (sizes.get(piece) ?? 0), 0);
    const goneLayers = image.diffIds.toReversed().filter((diffId) => freed.includes(layerPiece(diffId)));
    return { ...seen, bytes, gone: [...untagged.map(familiarName), image.id, ...goneLayers] };
  });
  return verdicts.toReversed();
}
