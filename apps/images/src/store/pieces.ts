import { readdirSync } from 'node:fs';
import type { ImageEngine } from '../engine.ts';
import type { Digest } from '../image/digest.ts';
import { heldByLeases } from './content-lease.ts';
import { diskOfFile, diskOfLayer } from './disk-sizes.ts';
import { heldBy } from './held-content.ts';
import { usedByImages } from './needed-digests.ts';
import { pinnedDigests } from './pins.ts';
import { blobsOfName, type ImageRecord, type NameRecord, type StepRecord } from './records.ts';

/** One thing on the disk: an unpacked layer or a blob. Where a blob is not compressed, both have one digest. */
export type Piece = `layer ${Digest}` | `blob ${Digest}`;

export const layerPiece = (diffId: Digest): Piece => `layer ${diffId}`;
export const blobPiece = (digest: Digest): Piece => `blob ${digest}`;

export const isBlob = (piece: Piece): boolean => piece.startsWith('blob ');

/** Everything on the disk, whoever it is for. */
export function piecesHere({ records, layout }: ImageEngine): Set<Piece> {
  const blobs = readdirSync(layout.blobs).map((name) => blobPiece(`sha256:${name}`));
  return new Set([...records.layers.all().map(({ id }) => layerPiece(id)), ...blobs]);
}

export const piecesOfStep = ({ layer }: StepRecord): Piece[] => (layer ? [layerPiece(layer.diffId), blobPiece(layer.blob.digest)] : []);

/** What only kept steps of builds have. */
export function piecesOfCache({ records, content }: ImageEngine): Set<Piece> {
  const used = usedByImages(records, content);
  return new Set(records.steps.all().flatMap(piecesOfStep).filter((piece) => !used.has(digestOfPiece(piece))));
}

const digestOfPiece = (piece: Piece): Digest => piece.split(' ')[1] ?? '';

/** All that an image consists of, under all its names. */
export function piecesOfImage({ content }: ImageEngine, image: ImageRecord, names: readonly NameRecord[]): Set<Piece> {
  const pieces = new Set<Piece>([...image.diffIds.map(layerPiece), ...[image.id, image.manifest.digest, ...image.blobs].map(blobPiece)]);
  for (const name of names) for (const piece of piecesOfName(content, name, image)) pieces.add(piece);
  return pieces;
}

/** What a name holds beside its image: indexes, and the same image with other compression. */
function piecesOfName(content: ImageEngine['content'], name: NameRecord, image?: ImageRecord): Piece[] {
  const { target, manifest = target.digest } = name;
  const own = blobsOfName(name).map(blobPiece);
  if (manifest === image?.manifest.digest) return own;
  const { blobs, diffIds } = heldBy(content, manifest);
  return [...own, ...[...blobs].map(blobPiece), ...[...diffIds].map(layerPiece)];
}

/** What stays also when all images go: for builds, for work in progress, for clients of containerd, for roots. */
export function piecesBesideImages({ store, records, content }: ImageEngine): Set<Piece> {
  const steps = records.steps.all().flatMap(piecesOfStep);
  const isGone = ({ image }: { readonly image?: Digest }): boolean => image === undefined || !records.images.get(image);
  const roots = records.roots.all().filter(isGone).flatMap(({ diffIds }) => diffIds.map(layerPiece));
  const names = records.names.all().filter(isGone).flatMap((name) => piecesOfName(content, name));
  const held = [...pinnedDigests(store, records), ...heldByLeases(records, content)];
  return new Set([...steps, ...roots, ...names, ...held.flatMap((digest) => [layerPiece(digest), blobPiece(digest)])]);
}

/** Bytes of disk of a piece; 0 when it is not here. */
export function sizeOfPiece({ records, layout }: ImageEngine, piece: Piece): number {
  const digest = digestOfPiece(piece);
  if (isBlob(piece)) return diskOfFile(layout.blob(digest));
  const layer = records.layers.get(digest);
  return layer ? diskOfLayer(layer) : 0;
}
