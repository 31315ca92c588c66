import { dataLoss, invalidArgument } from '@arcbox/errors';
import { type Digest, isDigest } from './digest.ts';
import type { Platform } from './platform.ts';

/** Points at content: OCI image specification, descriptor.md. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly platform?: Platform;
  readonly annotations?: { readonly [name: string]: string };
  /** Where else the content may be had. */
  readonly urls?: readonly string[];
}

export interface Manifest {
  readonly config: Descriptor;
  /** Lowest first. */
  readonly layers: readonly Descriptor[];
}

/** Larger manifests are refused, as registries do; bytes. */
export const maxManifest = 4 * 1024 * 1024;

/** Most layers that overlayfs takes in one mount, less the writable one. */
const maxLayers = 499;

export const MediaType = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
} as const;

/** What we accept from a registry, for the Accept header. */
export const manifestTypes: readonly string[] = [
  MediaType.manifest,
  MediaType.index,
  MediaType.dockerManifest,
  MediaType.dockerList,
];

export function isIndex(mediaType: string): boolean {
  return mediaType === MediaType.index || mediaType === MediaType.dockerList;
}

const layerType =
  /^application\/vnd\.(?:oci\.image\.layer\.(?:nondistributable\.)?v1|docker\.image\.rootfs\.(?:foreign\.)?diff)\.tar(?:[.+](?:gzip|zstd))?$/;

/**
 * Media type of a manifest: its own field, else what it was served as, else
 * told from its shape. INVALID_ARGUMENT when it is none that we know.
 */
export function mediaTypeOf(content: Uint8Array, served: string, name: string): string {
  const document = parseObject(content, name);
  const own = document['mediaType'];
  const type = typeof own === 'string' && own !== '' ? own : served;
  if (manifestTypes.includes(type)) return type;
  if (document['schemaVersion'] === 1) throw invalidArgument(`${name}: image manifests of schema 1 are not supported`);
  if (Array.isArray(document['manifests'])) return MediaType.index;
  if (document['config'] && Array.isArray(document['layers'])) return MediaType.manifest;
  throw invalidArgument(`${name}: not an image (media type ${type || 'unknown'})`);
}

export function parseIndex(content: Uint8Array, name: string): Descriptor[] {
  const { manifests } = parseObject(content, name);
  if (!Array.isArray(manifests)) throw dataLoss(`${name}: the index has no manifests`);
  return manifests.map((entry) => parseDescriptor(entry, name));
}

/** INVALID_ARGUMENT for what is no container image; DATA_LOSS for what is broken. */
export function parseManifest(content: Uint8Array, name: string): Manifest {
  const document = parseObject(content, name);
  const config = parseDescriptor(document['config'], name);
  const layers = document['layers'];
  if (config.mediaType !== MediaType.config && config.mediaType !== MediaType.dockerConfig) {
    throw invalidArgument(`${name}: not a container image (configuration of type ${config.mediaType})`);
  }
  if (!Array.isArray(layers)) throw dataLoss(`${name}: the manifest has no layers`);
  if (layers.length > maxLayers) throw invalidArgument(`${name}: ${layers.length} layers, more than ${maxLayers}`);
  const parsed = layers.map((entry) => parseDescriptor(entry, name));
  const strange = parsed.find(({ mediaType }) => !layerType.test(mediaType));
  if (strange) throw invalidArgument(`${name}: layers of type ${strange.mediaType} are not supported`);
  return { config, layers: parsed };
}

export function parseDescriptor(value: unknown, name: string): Descriptor {
  const { mediaType, digest, size, platform, annotations, urls } = asObject(value);
  if (typeof digest !== 'string' || !isDigest(digest) || !Number.isSafeInteger(size) || (size as number) < 0) {
    throw dataLoss(`${name}: the manifest holds a broken descriptor`);
  }
  return {
    mediaType: typeof mediaType === 'string' ? mediaType : '',
    digest,
    size: size as number,
    ...(platform ? { platform: parsePlatformFields(platform) } : {}),
    ...(annotations ? { annotations: textFields(annotations) } : {}),
    ...(Array.isArray(urls) ? { urls: urls.filter((url) => typeof url === 'string') } : {}),
  };
}

export function parsePlatformFields(value: unknown): Platform {
  const { os, architecture, variant } = asObject(value);
  const text = (field: unknown): string => (typeof field === 'string' ? field : '');
  return { os: text(os), architecture: text(architecture), variant: text(variant) };
}

export function parseObject(content: Uint8Array, name: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('utf8'));
  } catch (error) {
    throw dataLoss(`${name}: not JSON`, error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw dataLoss(`${name}: not a JSON object`);
  return value as Record<string, unknown>;
}

export function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** The entries of an object whose values are text. */
export function textFields(value: unknown): Record<string, string> {
  const entries = Object.entries(asObject(value)).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(entries);
}
