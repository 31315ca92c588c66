import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { dataLoss, invalidArgument } from '@arcbox/errors';
import { compressionOf } from '@arcbox/tar';
import type { ArchiveFiles } from './archive.ts';
import { LayoutBlobs } from './archive-content.ts';
import { digestOf } from '../image/digest.ts';
import { parseImageConfig } from '../image/image-config.ts';
import type { ArchivedImage } from './import.ts';
import {
  asObject,
  type Descriptor,
  isIndex,
  MediaType,
  mediaTypeOf,
  parseDescriptor,
  parseIndex,
  parseObject,
} from '../image/manifest.ts';
import { containerdNameAnnotation, nameAnnotation } from '../store/oci-layout.ts';
import { hostPlatform, normalize, type Platform } from '../image/platform.ts';
import { parseReference, type Reference } from '@arcbox/reference';
import { resolveImage } from '../pull/resolve-remote.ts';

/** The images of an archive: an OCI image layout, else what `docker save` of old wrote. */
export async function readArchive(files: ArchiveFiles): Promise<ArchivedImage[]> {
  if (files.has('oci-layout') && files.has('index.json')) return readLayout(files);
  if (files.has('manifest.json')) return readDockerArchive(files);
  throw invalidArgument('the archive is neither an OCI image layout nor a docker archive');
}

/** OCI image specification, image-layout.md. */
async function readLayout(files: ArchiveFiles): Promise<ArchivedImage[]> {
  const blobs = new LayoutBlobs(files);
  const entries = parseIndex(await files.read('index.json'), 'index.json');
  const byDigest = Map.groupBy(entries, ({ digest }) => digest);
  const images: ArchivedImage[] = [];
  for (const [, same] of byDigest) {
    const [first] = same;
    if (first) images.push(await readTarget(blobs, first, same.flatMap(nameIn)));
  }
  return images;
}

/** The image of one platform is unpacked; what is there of the others is kept with its names. */
async function readTarget(blobs: LayoutBlobs, target: Descriptor, names: readonly Reference[]): Promise<ArchivedImage> {
  const { mediaType, digest, size } = target;
  const content = await blobs.read(digest);
  if (content.length !== size) throw dataLoss(`index.json: ${digest} has ${content.length} bytes instead of ${size}`);
  const type = mediaTypeOf(content, mediaType, digest);
  const below = await blobs.below({ mediaType: type, digest, size });
  const image = await resolveImage(
    { descriptor: { mediaType: type, digest, size }, content },
    {
      name: digest,
      platform: isIndex(type) ? presentPlatform(below) : await ownPlatform(blobs, content),
      fetchManifest: (wanted) => blobs.read(wanted),
      fetchConfig: ({ digest: config }) => blobs.read(config),
    },
  );
  const own = new Set([...image.blobs, ...image.layers].map((blob) => blob.digest));
  const others = below.map((blob) => blob.digest).filter((wanted) => !own.has(wanted));
  for (const other of others) await blobs.verify(other);
  return {
    image: { ...image, held: [...(image.held ?? []), ...others] },
    names,
    others,
    fileOf: (wanted) => blobs.pathOf(wanted),
  };
}

/** An archive brings what it was saved with, whatever the host is: the host's platform if it is there. */
function presentPlatform(present: readonly Descriptor[]): Platform {
  const host = hostPlatform();
  const platforms = present.flatMap(({ platform }) => (platform && platform.os !== 'unknown' ? [normalize(platform)] : []));
  return (
    platforms.find(({ os, architecture }) => os === host.os && architecture === host.architecture) ??
    platforms[0] ??
    host
  );
}

async function ownPlatform(blobs: LayoutBlobs, manifest: Buffer): Promise<Platform> {
  const { digest } = parseDescriptor(parseObject(manifest, 'manifest')['config'], 'manifest');
  return normalize(parseImageConfig(await blobs.read(digest), digest).platform);
}

/** A full name, if the layout has one; a bare tag names no repository. */
function nameIn({ annotations }: Descriptor): Reference[] {
  const name = annotations?.[containerdNameAnnotation] ?? annotations?.[nameAnnotation];
  const isFull = name !== undefined && /[/:]/.test(name);
  return isFull ? [parseReference(name)] : [];
}

/** `manifest.json` names configurations, tags and plain layers. */
async function readDockerArchive(files: ArchiveFiles): Promise<ArchivedImage[]> {
  const list = Buffer.concat([Buffer.from('{"images":'), await files.read('manifest.json'), Buffer.from('}')]);
  const { images } = parseObject(list, 'manifest.json');
  if (!Array.isArray(images)) throw dataLoss("the archive's manifest.json is not a list");
  return Promise.all(images.map((entry) => readDockerImage(files, asObject(entry))));
}

async function readDockerImage(files: ArchiveFiles, entry: Record<string, unknown>): Promise<ArchivedImage> {
  const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
  const content = await files.read(String(entry['Config']));
  const id = digestOf(content);
  const config = parseImageConfig(content, id);
  const members = texts(entry['Layers']);
  if (members.length !== config.diffIds.length)
    throw dataLoss(`${id}: ${members.length} layers for ${config.diffIds.length} diff ids`);
  const layers = await Promise.all(members.map((member) => describeLayer(files, member)));
  const paths = new Map(layers.map(({ digest }, index) => [digest, files.get(members[index] ?? '').path]));
  const manifest = makeManifest({ mediaType: MediaType.config, digest: id, size: content.length }, layers);
  const descriptor = { mediaType: MediaType.manifest, digest: digestOf(manifest), size: manifest.length };
  return {
    image: {
      target: descriptor,
      manifest: { ...descriptor, platform: normalize(config.platform) },
      layers,
      id,
      config,
      blobs: [
        { digest: descriptor.digest, content: manifest },
        { digest: id, content },
      ],
    },
    names: texts(entry['RepoTags']).map(parseReference),
    others: [],
    fileOf: (digest) => paths.get(digest) ?? '',
  };
}

/** The archive has no manifest of the registry's kind, so we make one; always the same for the same layers. */
function makeManifest(config: Descriptor, layers: readonly Descriptor[]): Buffer {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MediaType.manifest, config, layers }));
}

/** Bytes of one read. */
const pieceSize = 256 * 1024;

/** Docker writes plain layers; builders without a daemon write compressed ones. */
async function describeLayer(files: ArchiveFiles, member: string): Promise<Descriptor> {
  const { path, size } = files.get(member);
  const hash = createHash('sha256');
  const head: Buffer[] = [];
  for await (const chunk of createReadStream(path, { highWaterMark: pieceSize })) {
    if (head.length === 0) head.push(chunk as Buffer);
    hash.update(chunk as Buffer);
  }
  const compression = compressionOf(Buffer.concat(head));
  if (compression === 'xz' || compression === 'bzip2') throw invalidArgument(`${member} is compressed with ${compression}, which layers of images cannot be`);
  const mediaType = compression === 'none' ? MediaType.layer : `${MediaType.layer}+${compression}`;
  return { mediaType, digest: `sha256:${hash.digest('hex')}`, size };
}
