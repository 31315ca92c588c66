import { failedPrecondition } from '@arcbox/errors';
import { type Digest, shortOf } from '../image/digest.ts';
import { type ImageEngine, noteEvent } from '../engine.ts';
import { findImage } from './find-image.ts';
import { type Candidates, changeAndCollect } from '../store/garbage.ts';
import { familiarName, namesOf } from '../image/names.ts';
import { blobsOfName, type ImageRecord, type NameRecord } from '../store/records.ts';
import { describeUsers } from './used-by.ts';

/** Ids of the containers made from the image that run; undefined when nobody can tell. */
export type FindRunning = (image: Digest, signal: AbortSignal) => Promise<ReadonlySet<string> | undefined>;

export interface RemoveRequest {
  /** Id or reference. */
  readonly id: string;
  readonly force: boolean;
  readonly pruneParents: boolean;
}

export interface Removed {
  /** Ids of images, then diff ids of layers. */
  readonly deleted: Digest[];
  /** Familiar names. */
  readonly untagged: string[];
}

/** Takes a name off an image; with its last one, deletes the image and the layers that only it used. */
export async function removeImage(
  engine: ImageEngine,
  request: RemoveRequest,
  findRunning: FindRunning,
  signal: AbortSignal,
): Promise<Removed> {
  const { image } = findImage(engine.records, request.id);
  const isUsed = engine.records.roots.findBy('image', image.id).length > 0;
  // Asked before anything changes: the answer takes a call to another worker. A root that
  // comes after the question is taken for one that runs.
  const running = isUsed && plan(engine, request).deletes ? await findRunning(image.id, signal) : undefined;
  const change = (): Steps => {
    const now = plan(engine, request);
    if (now.deletes) refuseUsed(engine, now.image, request, running);
    untag(engine, now);
    return { ...now, removed: now.deletes ? deleteImages(engine, now.image, request.pruneParents) : [] };
  };
  const { result, collected } = await changeAndCollect(engine, signal, change, candidatesOf);
  return { untagged: result.names.map(familiarName), deleted: [...result.removed.map(({ id }) => id), ...collected.layers] };
}

/** What a removal has done. */
interface Steps extends Plan {
  readonly removed: readonly ImageRecord[];
}

/** Layers of an image that stays too: a name that is gone may have had other blobs of them. */
function candidatesOf({ names, image, removed }: Steps): Candidates {
  return {
    blobs: [
      ...names.flatMap(blobsOfName),
      ...removed.flatMap(({ id, manifest }) => [id, manifest.digest]),
    ],
    diffIds: [image, ...removed].flatMap(({ diffIds }) => diffIds).toReversed(),
  };
}

/** What a removal comes to. */
interface Plan {
  readonly image: ImageRecord;
  /** Names to take away. */
  readonly names: readonly NameRecord[];
  /** Whether the image goes too. */
  readonly deletes: boolean;
}

function plan({ records }: ImageEngine, { id, force }: RemoveRequest): Plan {
  const { image, name } = findImage(records, id);
  const tags = namesOf(records, image.id, 'tag');
  const digests = namesOf(records, image.id, 'digest');
  if (!name) {
    if (tags.length > 1 && !force) {
      const list = tags.map(familiarName).join(', ');
      throw failedPrecondition(
        `image ${shortOf(image.id)} has several names (${list}): remove them one by one, or force it`,
      );
    }
    return { image, names: [...tags, ...digests], deletes: true };
  }
  const rest = [...tags, ...digests].filter((other) => other.id !== name.id);
  const hasTags = rest.some(({ kind }) => kind === 'tag');
  if (name.kind === 'digest' && hasTags) return { image, names: [name], deletes: false };
  return { image, names: [name, ...orphansOf(name, rest)], deletes: !hasTags };
}

/** Where an image came from goes with its last tag from there. */
export function orphansOf(name: NameRecord, rest: readonly NameRecord[]): NameRecord[] {
  const tags = rest.filter(({ kind }) => kind === 'tag');
  return rest.filter(
    ({ kind, repository }) =>
      kind === 'digest' &&
      (tags.length === 0 || (repository === name.repository && !tags.some((tag) => tag.repository === repository))),
  );
}

function refuseUsed(
  { records }: ImageEngine,
  image: ImageRecord,
  { id, force }: RemoveRequest,
  running: ReadonlySet<string> | undefined,
): void {
  const roots = records.roots.findBy('image', image.id);
  if (roots.length === 0) return;
  const refusal = `image ${id} is used by ${describeUsers(roots, running)}`;
  // When nobody can tell, one runs.
  if (running?.size !== 0) throw failedPrecondition(refusal);
  if (!force) throw failedPrecondition(`${refusal}: force it to remove it all the same`);
}

export function untag(engine: ImageEngine, { image, names }: Pick<Plan, 'image' | 'names'>): void {
  for (const name of names) {
    engine.records.names.delete(name.id);
    noteEvent(engine, 'untag', image, familiarName(name));
  }
}

/** Deletes the image and, when asked, the parents that only it kept. */
export function deleteImages(engine: ImageEngine, first: ImageRecord, pruneParents: boolean): ImageRecord[] {
  const { images } = engine.records;
  const removed: ImageRecord[] = [];
  for (let image: ImageRecord | undefined = first; image;) {
    images.delete(image.id);
    // Should we die before they are collected, the next sweep does it.
    for (const diffId of image.diffIds) engine.records.layers.update(diffId, (layer) => ({ ...layer, released: true }));
    noteEvent(engine, 'delete', image, image.id);
    removed.push(image);
    const parent: ImageRecord | undefined =
      image.parent === undefined || !pruneParents ? undefined : images.get(image.parent);
    image = parent && isUnneeded(engine, parent) ? parent : undefined;
  }
  return removed;
}

export function isUnneeded({ records }: ImageEngine, { id }: ImageRecord): boolean {
  const isNamed = records.names.findBy('image', id).length > 0;
  const isUsed = records.roots.findBy('image', id).length > 0;
  return !isNamed && !isUsed && !records.images.all().some(({ parent }) => parent === id);
}
