import { statSync } from 'node:fs';
import { dataLoss } from '@arcbox/errors';
import type { Digest } from '../image/digest.ts';
import type { ImageEngine } from '../engine.ts';
import { asObject, type Descriptor, isIndex, parseDescriptor, parseIndex, parseObject } from '../image/manifest.ts';
import { familiarName } from '../image/names.ts';
import type { NameRecord } from '../store/records.ts';
import type { Fetched } from '../registry/repository.ts';

/** A manifest or index to push, with the blobs that must be there before it. */
export interface PushDocument extends Fetched {
  readonly config?: Descriptor;
  /** Lowest first; without those that are not to be distributed. */
  readonly layers: readonly Descriptor[];
  readonly foreign: readonly Descriptor[];
}

/** What a name means, as far as it is here. */
export interface PushContent {
  /** Each after those that it refers to; the last is what the name will mean at the registry. */
  readonly documents: readonly PushDocument[];
  /** The index that the name means here, of which only one manifest is present. */
  readonly partOf?: Descriptor;
}

/** An index may hold indexes; nobody needs more of that. */
const maxDepth = 3;

/** Layers that only their vendor hands out: OCI image specification, layer.md. */
const foreignType = /\.(?:foreign|nondistributable)\./;

/**
 * Reads what is to be pushed for a name: its index when everything in it is here,
 * else the one manifest that is. `keep` is called with all digests before their
 * content is looked for. DATA_LOSS names what is missing.
 */
export function readForPush(engine: ImageEngine, name: NameRecord, keep: (digests: Digest[]) => void): PushContent {
  const { target, manifest } = name;
  const whole = gather(engine, target, familiarName(name), keep);
  if (whole.missing.length === 0) return { documents: whole.documents };
  if (!isIndex(target.mediaType) || manifest === undefined || manifest === target.digest) {
    throw missingContent(whole.missing[0] ?? target.digest, familiarName(name));
  }
  const [entry] = descriptorsIn(whole.documents).filter(({ digest }) => digest === manifest);
  if (!entry) throw missingContent(manifest, familiarName(name));
  const part = gather(engine, entry, familiarName(name), keep);
  if (part.missing[0] !== undefined) throw missingContent(part.missing[0], familiarName(name));
  return { documents: part.documents, partOf: target };
}

interface Gathered {
  readonly documents: PushDocument[];
  readonly missing: Digest[];
}

function gather(
  engine: ImageEngine,
  descriptor: Descriptor,
  name: string,
  keep: (digests: Digest[]) => void,
  depth = 0,
): Gathered {
  keep([descriptor.digest]);
  const content = engine.content.findSound(descriptor.digest);
  if (!content || depth > maxDepth) return { documents: [], missing: [descriptor.digest] };
  const { mediaType, digest } = descriptor;
  const fetched = { content, descriptor: { mediaType, digest, size: content.length } };
  if (isIndex(mediaType)) {
    const parts = parseIndex(content, name).map((entry) => gather(engine, entry, name, keep, depth + 1));
    const own = { ...fetched, layers: [], foreign: [] };
    const documents = [...parts.flatMap((part) => part.documents), own];
    return { documents, missing: parts.flatMap((part) => part.missing) };
  }
  const document = { ...fetched, ...blobsOf(content, name) };
  const blobs = [document.config, ...document.layers];
  keep(blobs.map((blob) => blob.digest));
  return { documents: [document], missing: blobs.filter((blob) => !isHere(engine, blob)).map((blob) => blob.digest) };
}

/** Of a manifest of any kind: an attestation in an index has layers that are no file systems. */
function blobsOf(content: Buffer, name: string): { config: Descriptor; layers: Descriptor[]; foreign: Descriptor[] } {
  const { config, layers } = parseObject(content, name);
  const all = (Array.isArray(layers) ? layers : []).map((layer) => parseDescriptor(asObject(layer), name));
  const { layers: own = [], foreign = [] } = Object.groupBy(all, ({ mediaType }) =>
    foreignType.test(mediaType) ? 'foreign' : 'layers',
  );
  return { config: parseDescriptor(config, name), layers: own, foreign };
}

function descriptorsIn(documents: readonly PushDocument[]): Descriptor[] {
  return documents.flatMap(({ content, descriptor }) =>
    isIndex(descriptor.mediaType) ? parseIndex(content, descriptor.digest) : [],
  );
}

function isHere({ layout }: ImageEngine, { digest, size }: Descriptor): boolean {
  return statSync(layout.blob(digest), { throwIfNoEntry: false })?.size === size;
}

const missingContent = (digest: Digest, name: string): Error =>
  dataLoss(`content ${digest} of ${name} is missing from the image store`);
