import { gzipSync, zstdCompressSync } from 'node:zlib';
import { digestOf } from '../src/image/digest.ts';
import { type Descriptor, MediaType } from '../src/image/manifest.ts';
import { hostPlatform, type Platform } from '../src/image/platform.ts';
import { makeTar, type TarInput } from './tar.ts';

export interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly content: Buffer;
}

/** An image in memory, with everything that a registry or an archive has of it. */
export interface TestImage {
  readonly manifest: Blob;
  readonly config: Blob;
  readonly layers: readonly Blob[];
  readonly diffIds: readonly string[];
  /** Image id. */
  readonly id: string;
}

export interface ImageInput {
  /** Each layer as its files, or as a tar archive. */
  readonly layers: readonly (readonly TarInput[] | Buffer)[];
  readonly compression?: 'gzip' | 'zstd' | 'none';
  /** `config` of the image configuration. */
  readonly config?: object;
  readonly created?: string;
  /** `history` of the image configuration. */
  readonly history?: readonly object[];
  readonly platform?: Platform;
  /** Docker's media types instead of OCI's. */
  readonly docker?: boolean;
  /** Lies in the manifest and the configuration. */
  readonly lies?: { readonly diffIds?: readonly string[]; readonly layers?: (layers: Descriptor[]) => Descriptor[] };
}

export function makeImage(input: ImageInput): TestImage {
  const { compression = 'gzip', docker = false, platform = hostPlatform() } = input;
  const archives = input.layers.map((layer) => (Buffer.isBuffer(layer) ? layer : makeTar(layer as TarInput[])));
  const diffIds = archives.map(digestOf);
  const layers = archives.map((archive) => blob(layerType(docker, compression), compress(archive, compression)));
  const config = json(docker ? MediaType.dockerConfig : MediaType.config, {
    architecture: platform.architecture,
    os: platform.os,
    ...(platform.variant ? { variant: platform.variant } : {}),
    created: input.created ?? '2024-05-01T10:00:00.123456789Z',
    author: 'a tester',
    config: input.config ?? { Cmd: ['sh'], Env: ['PATH=/bin'] },
    rootfs: { type: 'layers', diff_ids: input.lies?.diffIds ?? diffIds },
    ...(input.history ? { history: input.history } : {}),
  });
  const described = layers.map(describeBlob);
  const manifest = json(docker ? MediaType.dockerManifest : MediaType.manifest, {
    schemaVersion: 2,
    mediaType: docker ? MediaType.dockerManifest : MediaType.manifest,
    config: describeBlob(config),
    layers: input.lies?.layers?.(described) ?? described,
  });
  return { manifest, config, layers, diffIds, id: config.digest };
}

/** An index of images, each for its platform; more entries may be given as they are. */
export function makeIndex(
  images: readonly (readonly [TestImage, Platform])[],
  more: readonly object[] = [],
  docker = false,
): Blob {
  const mediaType = docker ? MediaType.dockerList : MediaType.index;
  const manifests = images.map(([{ manifest }, { os, architecture, variant }]) => ({
    ...describeBlob(manifest),
    platform: { os, architecture, ...(variant ? { variant } : {}) },
  }));
  return json(mediaType, { schemaVersion: 2, mediaType, manifests: [...manifests, ...more] });
}

export const describeBlob = ({ mediaType, digest, content }: Blob): Descriptor => ({
  mediaType,
  digest,
  size: content.length,
});

export function blob(mediaType: string, content: Buffer): Blob {
  return { mediaType, digest: digestOf(content), content };
}

export const json = (mediaType: string, value: object): Blob => blob(mediaType, Buffer.from(JSON.stringify(value)));

function compress(archive: Buffer, compression: 'gzip' | 'zstd' | 'none'): Buffer {
  if (compression === 'gzip') return gzipSync(archive);
  return compression === 'zstd' ? zstdCompressSync(archive) : archive;
}

function layerType(docker: boolean, compression: 'gzip' | 'zstd' | 'none'): string {
  if (docker) return `application/vnd.docker.image.rootfs.diff.tar${compression === 'none' ? '' : `.${compression}`}`;
  return `${MediaType.layer}${compression === 'none' ? '' : `+${compression}`}`;
}
