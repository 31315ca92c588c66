import { digestOf } from '../image/digest.ts';
import { changeImages, type ImageEngine, noteEvent } from '../engine.ts';
import { collectGarbage } from '../store/garbage.ts';
import type { Descriptor } from '../image/manifest.ts';
import { familiarName } from '../image/names.ts';
import { Pin } from '../store/pins.ts';
import { formatPlatform } from '../image/platform.ts';
import type { PullReporter } from '../pull/pull-progress.ts';
import { type Push, pushBlobs } from './push-blobs.ts';
import { type PushContent, type PushDocument, readForPush } from './push-content.ts';
import { findMounts } from './push-mounts.ts';
import { namesToPush, type PushReference } from './push-names.ts';
import { recordName } from '../catalogue/record-image.ts';
import type { ImageRecord, NameRecord } from '../store/records.ts';
import { formatFamiliar, parseReference, type Reference, repositoryOf } from '@arcbox/reference';
import type { RegistryAccess } from '../registry/access.ts';
import type { Credentials } from '../registry/credentials.ts';
import { uploadManifest } from '../registry/upload-manifest.ts';

export interface PushRequest {
  readonly names: PushReference;
  readonly credentials: Credentials | undefined;
}

/**
 * Publishes what names mean here, byte for byte as it was pulled or built: the
 * blobs that the registry lacks, then manifests, then the name.
 */
export async function pushImage(
  engine: ImageEngine,
  registry: RegistryAccess,
  { names: wanted, credentials }: PushRequest,
  report: PullReporter,
  signal: AbortSignal,
): Promise<void> {
  const names = namesToPush(engine.records, wanted);
  const repository = repositoryOf(wanted.reference);
  report.line(`The push refers to repository [${repository}]`);
  const push: Push = {
    engine,
    registry,
    remote: registry.repository(wanted.reference, credentials),
    key: `${repository} ${digestOf(JSON.stringify(credentials ?? null))}`,
    mounts: findMounts(engine, wanted.reference),
    done: new Set(),
    report,
  };
  for (const name of names) await pushName(push, name, signal);
}

async function pushName(push: Push, name: NameRecord, signal: AbortSignal): Promise<void> {
  const { engine, report } = push;
  const record = name.image === undefined ? undefined : engine.records.images.get(name.image);
  const pin = Pin.hold(engine.store, engine.records);
  try {
    pin.add(...(record?.diffIds ?? []));
    const content = readForPush(engine, name, (digests) => pin.add(...digests));
    await pushBlobs(push, content.documents, signal);
    const reference = parseReference(name.id);
    const target = await pushDocuments(push, reference, content, signal);
    await recordPush(engine, name, reference, target);
    if (content.partOf) report.line(partialNote(engine, name));
    report.line(`${reference.digest ?? reference.tag}: digest: ${target.digest} size: ${target.size}`);
  } finally {
    pin[Symbol.dispose]();
    if (record && !engine.records.images.get(record.id)) await clearAway(engine, name, record);
  }
}

/** The image was removed in the meantime; what the push still needed was left for us. */
async function clearAway(engine: ImageEngine, { target, manifest }: NameRecord, image: ImageRecord): Promise<void> {
  const blobs = [target.digest, manifest ?? target.digest, image.manifest.digest, image.id];
  await collectGarbage(engine, { blobs, diffIds: image.diffIds });
}

/** Manifests under their digests, the last under the name; its descriptor. */
async function pushDocuments(
  { remote, registry }: Push,
  reference: Reference,
  { documents }: PushContent,
  signal: AbortSignal,
): Promise<Descriptor> {
  const options = { name: formatFamiliar(reference), retries: registry.retries, signal };
  const last = documents.at(-1);
  if (!last) throw new Error('nothing to push');
  for (const document of distinctDocuments(documents.slice(0, -1))) {
    await uploadManifest(remote, document.descriptor.digest, document, options);
  }
  await uploadManifest(remote, reference.digest ?? reference.tag ?? 'latest', last, options);
  return last.descriptor;
}

/** The image is known by its digest in that repository from now on, as after a pull. */
async function recordPush(
  engine: ImageEngine,
  name: NameRecord,
  reference: Reference,
  target: Descriptor,
): Promise<void> {
  await changeImages(engine, undefined, () => {
    const image = name.image === undefined ? undefined : engine.records.images.get(name.image);
    if (image) {
      const byDigest = { ...reference, tag: undefined, digest: target.digest };
      const manifest = { ...image.manifest, digest: name.manifest ?? image.manifest.digest };
      recordName(engine.records, byDigest, { id: image.id, target, manifest, held: name.held }, false);
    }
    noteEvent(engine, 'push', image ?? { id: target.digest, labels: {} }, familiarName(name));
  });
}

function partialNote({ records }: ImageEngine, { image }: NameRecord): string {
  const platform = image === undefined ? undefined : records.images.get(image)?.platform;
  const which = platform ? `for ${formatPlatform(platform)}` : 'that is here';
  return `Not all of the multi-platform image is here: only the image ${which} was pushed`;
}

const distinctDocuments = (documents: readonly PushDocument[]): PushDocument[] => [
  ...new Map(documents.map((document) => [document.descriptor.digest, document])).values(),
];
