import { dataLoss, invalidArgument } from '@arcbox/errors';
import type { CapturedLayer } from '../capture/capture-layer.ts';
import { type Digest, digestOf } from '../image/digest.ts';
import { changeImages, type ImageEngine, noteEvent } from '../engine.ts';
import { maxConfig, parseImageConfig } from '../image/image-config.ts';
import { type Descriptor, MediaType, parseManifest } from '../image/manifest.ts';
import type { Pin } from '../store/pins.ts';
import { normalize } from '../image/platform.ts';
import type { ImageRecord } from '../store/records.ts';
import { recordImage, recordName } from '../catalogue/record-image.ts';
import { formatFamiliar, type Reference } from '@arcbox/reference';
import type { ResolvedImage } from '../pull/resolve-remote.ts';

/** An image's configuration as JSON (OCI image specification, config.md), without `rootfs`. */
export interface ImageDocument {
  readonly [field: string]: unknown;
}

export interface NewImage {
  /** Its layers come first; undefined begins from nothing. */
  readonly base?: ImageRecord;
  readonly config: ImageDocument;
  /** On top of the base's, lowest first. */
  readonly layers: readonly Pick<CapturedLayer, 'diffId' | 'blob'>[];
  /** Tags that will point at it; without any it is untagged. */
  readonly names: readonly Reference[];
  readonly parent?: Digest;
  /** Noted with the image; undefined notes nothing. */
  readonly event?: 'build' | 'commit' | 'import';
  /** Holds the layers already; gets everything else. */
  readonly pin: Pin;
}

/** Makes an image of layers that are here. The same input makes the same image. */
export async function makeImage(engine: ImageEngine, image: NewImage, signal: AbortSignal): Promise<ImageRecord> {
  const [made] = await makeImages(engine, [image], signal);
  if (!made) throw new Error('no image was made');
  return made;
}

/** Makes several at once: all of them become visible, or none. */
export async function makeImages(
  engine: ImageEngine,
  images: readonly NewImage[],
  signal: AbortSignal,
): Promise<ImageRecord[]> {
  const resolved = images.map((image) => resolve(engine, image));
  for (const [index, { config, layers, blobs }] of resolved.entries()) {
    images[index]?.pin.add(...config.diffIds, ...[...layers, ...blobs].map(({ digest }) => digest));
  }
  const change = (): ImageRecord[] => images.map((image, index) => record(engine, image, resolved[index] as ResolvedImage));
  return changeImages(engine, signal, change, resolved.flatMap(({ blobs }) => blobs));
}

function resolve(engine: ImageEngine, { base, config, layers: added }: NewImage): ResolvedImage {
  const layers = [...(base ? layersOf(engine, base) : []), ...added.map(({ blob }) => blob)];
  const diffIds = [...(base?.diffIds ?? []), ...added.map(({ diffId }) => diffId)];
  return describe(config, diffIds, layers);
}

function record(engine: ImageEngine, { names, parent, event }: NewImage, resolved: ResolvedImage): ImageRecord {
  refuseLost(engine, resolved.config.diffIds, resolved.layers);
  const { record: fresh } = recordImage(engine, resolved, undefined);
  // The same image may have been made before, with a parent.
  const made = { ...fresh, ...engine.records.images.get(fresh.id), ...(parent === undefined ? {} : { parent }) };
  engine.records.images.put(made);
  for (const name of names) recordName(engine.records, name, resolved);
  if (event) tell(engine, event, made, names.map(formatFamiliar));
  return made;
}

/** Each of its names, and then what made it, as docker does. */
function tell(engine: ImageEngine, event: NonNullable<NewImage['event']>, made: ImageRecord, names: readonly string[]): void {
  for (const name of names) noteEvent(engine, 'tag', made, name);
  noteEvent(engine, event, made, names[0] ?? made.id);
}

/** The configuration byte for byte: its digest is the id of the image. */
export function encodeConfig(document: ImageDocument, diffIds: readonly Digest[]): Buffer {
  return Buffer.from(JSON.stringify({ ...document, rootfs: { type: 'layers', diff_ids: diffIds } }));
}

/** The layers of an image as its manifest has them, in OCI's words: images of ours are OCI's. */
function layersOf({ content }: ImageEngine, { manifest }: ImageRecord): Descriptor[] {
  const { layers } = parseManifest(content.read(manifest.digest), manifest.digest);
  return layers.map(({ mediaType, digest, size }) => ({ mediaType: ociTypes[mediaType] ?? mediaType, digest, size }));
}

const ociTypes: { readonly [dockerType: string]: string } = {
  'application/vnd.docker.image.rootfs.diff.tar': MediaType.layer,
  'application/vnd.docker.image.rootfs.diff.tar.gzip': `${MediaType.layer}+gzip`,
  'application/vnd.docker.image.rootfs.diff.tar.zstd': `${MediaType.layer}+zstd`,
  'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip':
    'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
};

function describe(
  document: ImageDocument,
  diffIds: readonly Digest[],
  layers: readonly Descriptor[],
): ResolvedImage {
  const config = encodeConfig(document, diffIds);
  if (config.length > maxConfig) throw invalidArgument(`the configuration is larger than ${maxConfig} bytes`);
  const id = digestOf(config);
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MediaType.manifest,
      config: { mediaType: MediaType.config, digest: id, size: config.length },
      layers,
    }),
  );
  const digest = digestOf(manifest);
  // Refuses what nobody could mount.
  parseManifest(manifest, 'the new image');
  const target = { mediaType: MediaType.manifest, digest, size: manifest.length };
  const parsed = parseImageConfig(config, id);
  return {
    target,
    manifest: { ...target, platform: normalize(parsed.platform) },
    layers,
    id,
    config: parsed,
    blobs: [
      { digest: id, content: config },
      { digest, content: manifest },
    ],
  };
}

/** The base may have been removed before its layers were pinned. */
function refuseLost({ records }: ImageEngine, diffIds: readonly Digest[], layers: readonly Descriptor[]): void {
  for (const [index, diffId] of diffIds.entries()) {
    const blob = layers[index]?.digest ?? '';
    if (!records.layers.get(diffId)?.blobs.includes(blob)) throw dataLoss(`layer ${diffId} is missing from the image store`);
  }
}
