import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { dataLoss, invalidArgument } from '@arcbox/errors';
import type { ArchiveFiles } from './archive.ts';
import { type Digest, digestOf, hexOf } from '../image/digest.ts';
import { asObject, type Descriptor, isIndex, mediaTypeOf, parseDescriptor, parseIndex, parseObject } from '../image/manifest.ts';

/** An index may hold indexes; nobody needs more of that. */
const maxDepth = 3;

/** Bytes of one read. */
const pieceSize = 256 * 1024;

/** The blobs of an OCI image layout that came in an archive: image-layout.md of the specification. */
export class LayoutBlobs {
  readonly #files: ArchiveFiles;

  constructor(files: ArchiveFiles) {
    this.#files = files;
  }

  has({ digest }: Pick<Descriptor, 'digest'>): boolean {
    return this.#files.has(blobName(digest));
  }

  pathOf(digest: Digest): string {
    return this.#files.get(blobName(digest)).path;
  }

  /** A manifest, index or configuration. DATA_LOSS when it is not here, or not what its digest says. */
  async read(digest: Digest): Promise<Buffer> {
    const content = await this.#files.read(blobName(digest));
    if (digestOf(content) !== digest) throw mismatch(digest);
    return content;
  }

  /** DATA_LOSS when a blob is not what its digest says. */
  async verify(digest: Digest): Promise<void> {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(this.pathOf(digest), { highWaterMark: pieceSize })) hash.update(chunk as Buffer);
    if (`sha256:${hash.digest('hex')}` !== digest) throw mismatch(digest);
  }

  /** All that is here of an index or manifest, for whatever platform, itself first. */
  async below(root: Descriptor): Promise<Descriptor[]> {
    const found = new Map<Digest, Descriptor>();
    const visit = async (descriptor: Descriptor, depth: number): Promise<void> => {
      if (!this.has(descriptor) || found.has(descriptor.digest)) return;
      if (depth > maxDepth) throw invalidArgument(`${root.digest}: indexes within indexes`);
      found.set(descriptor.digest, descriptor);
      const { manifests, blobs } = await this.#childrenOf(descriptor);
      for (const blob of blobs.filter((one) => this.has(one) && !found.has(one.digest))) found.set(blob.digest, blob);
      for (const manifest of manifests) await visit(manifest, depth + 1);
    };
    await visit(root, 0);
    return [...found.values()];
  }

  async #childrenOf({ digest, mediaType }: Descriptor): Promise<{ manifests: Descriptor[]; blobs: Descriptor[] }> {
    const content = await this.read(digest);
    if (isIndex(mediaTypeOf(content, mediaType, digest))) return { manifests: parseIndex(content, digest), blobs: [] };
    const { config, layers } = parseObject(content, digest);
    const blobs = [config, ...(Array.isArray(layers) ? (layers as unknown[]) : [])].map((blob) => parseDescriptor(asObject(blob), digest));
    return { manifests: [], blobs };
  }
}

const blobName = (digest: Digest): string => `blobs/sha256/${hexOf(digest)}`;

const mismatch = (digest: Digest): Error => dataLoss(`the archive's ${blobName(digest)} does not match its digest`);
