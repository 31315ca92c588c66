import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { dataLoss } from '@arcbox/errors';
import { compressionOf, decompress } from '@arcbox/tar';
import { type Digest, hexOf } from '../image/digest.ts';
import type { Layout } from '../store/layout.ts';
import { type Descriptor, MediaType } from '../image/manifest.ts';
import { describeInLayout, layoutVersion } from '../store/oci-layout.ts';
import { familiarRepository, formatFamiliar, type Reference } from '@arcbox/reference';
import type { Member } from './save-tar.ts';

/** How an archive describes its images. */
export type ArchiveFormat = 'oci' | 'docker' | 'both';

/** An image to be saved, with its content. */
export interface SavedImage {
  /** Image id. */
  readonly id: Digest;
  readonly config: Descriptor;
  /** Lowest first. */
  readonly layers: readonly Descriptor[];
  readonly diffIds: readonly Digest[];
  /** An index, if all of it is here, or the manifest. */
  readonly target: Descriptor;
  /** `target` and everything below it. */
  readonly content: readonly Descriptor[];
  readonly names: readonly Reference[];
}

/** The files of an archive; descriptions come first, so that a reader knows what follows. */
export async function* archiveMembers(
  layout: Layout,
  images: readonly SavedImage[],
  format: ArchiveFormat,
): AsyncGenerator<Member, void, undefined> {
  const nameOf = format === 'docker' ? plainNames : blobNames;
  if (format !== 'docker') yield* ociDescription(images);
  if (format !== 'oci') yield* dockerDescription(images, nameOf);
  if (format === 'docker') yield* plainMembers(layout, images);
  else for (const blob of distinct(images.flatMap(({ content }) => content))) yield blobMember(layout, blobNames.blob(blob), blob);
}

/** OCI image specification, image-layout.md. */
function* ociDescription(images: readonly SavedImage[]): Generator<Member, void, undefined> {
  const manifests = images.flatMap(({ target, names }) =>
    names.length > 0 ? names.map((name) => describeInLayout(target, name)) : [describeInLayout(target)],
  );
  yield textMember('oci-layout', layoutVersion);
  yield jsonMember('index.json', { schemaVersion: 2, mediaType: MediaType.index, manifests });
}

/** What `docker load` reads, and for the very old the file before it. */
function* dockerDescription(images: readonly SavedImage[], nameOf: MemberNames): Generator<Member, void, undefined> {
  const entries = images.map((image) => ({
    Config: nameOf.config(image),
    RepoTags: image.names.map(formatFamiliar),
    Layers: image.layers.map((layer, index) => nameOf.layer(layer, image.diffIds[index] as Digest)),
  }));
  yield jsonMember('manifest.json', entries);
  const repositories: Record<string, Record<string, string>> = {};
  for (const { names, diffIds, id } of images) {
    for (const name of names) {
      const top = hexOf(diffIds.at(-1) ?? id);
      repositories[familiarRepository(name)] = { ...repositories[familiarRepository(name)], [name.tag ?? '']: top };
    }
  }
  yield jsonMember('repositories', repositories);
}

/** What the members are called. */
interface MemberNames {
  config(image: SavedImage): string;
  layer(blob: Descriptor, diffId: Digest): string;
}

const blobNames = {
  blob: ({ digest }: Descriptor): string => `blobs/sha256/${hexOf(digest)}`,
  config: ({ config }: SavedImage): string => blobNames.blob(config),
  layer: (blob: Descriptor): string => blobNames.blob(blob),
};

const plainNames: MemberNames = {
  config: ({ id }) => `${hexOf(id)}.json`,
  layer: (_, diffId) => `${hexOf(diffId)}/layer.tar`,
};

async function* plainMembers(layout: Layout, images: readonly SavedImage[]): AsyncGenerator<Member, void, undefined> {
  const seen = new Set<string>();
  const isNew = (name: string): boolean => !seen.has(name) && seen.add(name) !== undefined;
  for (const image of images) {
    const name = plainNames.config(image);
    if (isNew(name)) yield blobMember(layout, name, image.config);
    for (const [index, layer] of image.layers.entries()) {
      const diffId = image.diffIds[index] as Digest;
      const member = plainNames.layer(layer, diffId);
      if (isNew(member)) yield await plainLayer(layout, member, layer, diffId);
    }
  }
}

/** A layer as plain tar archive. Its size stands before it, so a compressed one is read twice. */
async function plainLayer(layout: Layout, name: string, blob: Descriptor, diffId: Digest): Promise<Member> {
  const path = layout.blob(blob.digest);
  if ((await compressionOfFile(path)) === 'none') return blobMember(layout, name, blob);
  let size = 0;
  for await (const chunk of decompress(readFile(path))) size += chunk.length;
  return { name, size, open: () => verified(copies(decompress(readFile(path))), diffId) };
}

async function compressionOfFile(path: string): Promise<ReturnType<typeof compressionOf>> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0);
  return compressionOf(buffer.subarray(0, bytesRead));
}

function blobMember(layout: Layout, name: string, { digest, size }: Descriptor): Member {
  return { name, size, open: () => verified(readFile(layout.blob(digest)), digest) };
}

const textMember = (name: string, text: string): Member => {
  const content = Buffer.from(text);
  return { name, size: content.length, open: () => pieces(content) };
};

const jsonMember = (name: string, value: object): Member => textMember(name, `${JSON.stringify(value)}\n`);

async function* pieces(content: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield content;
}

/** Bytes of one piece. */
const pieceSize = 256 * 1024;

const readFile = (path: string): AsyncIterable<Buffer> => createReadStream(path, { highWaterMark: pieceSize });

/** Passes the bytes on; DATA_LOSS at their end when they are not those of the digest. */
async function* verified(input: AsyncIterable<Buffer>, digest: Digest): AsyncGenerator<Buffer, void, undefined> {
  const hash = createHash('sha256');
  for await (const chunk of input) {
    hash.update(chunk);
    yield chunk;
  }
  if (`sha256:${hash.digest('hex')}` !== digest) throw dataLoss(`content ${digest} is damaged in the image store`);
}

/** Chunks that stay valid when the next is asked for. */
async function* copies(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  for await (const chunk of input) yield Buffer.from(chunk);
}

function distinct(blobs: readonly Descriptor[]): Descriptor[] {
  return [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
}
