import { dataLoss, invalidArgument } from '@arcbox/errors';
import type { Content } from '../store/content.ts';
import type { Digest } from '../image/digest.ts';
import { type ImageConfig, maxConfig, parseImageConfig } from '../image/image-config.ts';
import { type Descriptor, isIndex, type Manifest, parseIndex, parseManifest } from '../image/manifest.ts';
import { chooseManifest, isSamePlatform, noPlatform, normalize, type Platform, platformsFor } from '../image/platform.ts';
import { formatFamiliar, type Reference } from '@arcbox/reference';
import type { Fetched, RemoteRepository } from '../registry/repository.ts';

/** An image as a registry, or an archive, has it: everything but its layers. */
export interface ResolvedImage {
  /** What the name points at: an index or the manifest itself. */
  readonly target: Descriptor;
  readonly manifest: Descriptor;
  readonly layers: readonly Descriptor[];
  /** Image id. */
  readonly id: Digest;
  readonly config: ImageConfig;
  /** What else below the target comes along, for the name: indexes between it and the manifest, and more. */
  readonly held?: readonly Digest[];
  /** The bytes of indexes, manifest and configuration. */
  readonly blobs: readonly { digest: Digest; content: Buffer }[];
}

/** An index may hold indexes; nobody needs more of that. */
const maxDepth = 3;

/** Asks the registry what a name means now, for one platform. What is here by its digest is not fetched again. */
export async function resolveRemote(
  remote: RemoteRepository,
  content: Content,
  reference: Reference,
  platform: Platform,
  signal: AbortSignal,
): Promise<ResolvedImage> {
  const name = formatFamiliar(reference);
  const fetchManifest = async (digest: string): Promise<Buffer> =>
    content.findSound(digest) ?? (await remote.fetchManifest(digest, name, signal)).content;
  const fetchConfig = async (descriptor: Descriptor): Promise<Buffer> =>
    content.findSound(descriptor.digest) ??
    (await remote.fetchBlob(descriptor, maxConfig, `configuration of ${name}`, signal));
  const target = await remote.fetchManifest(reference.digest ?? reference.tag ?? 'latest', name, signal);
  return resolveImage(target, { name, platform, fetchManifest, fetchConfig });
}

/** Follows a manifest or index down to the configuration of the image for `platform`. */
export async function resolveImage(
  target: Fetched,
  options: {
    name: string;
    platform: Platform;
    fetchManifest(digest: Digest): Promise<Buffer>;
    fetchConfig(descriptor: Descriptor): Promise<Buffer>;
  },
): Promise<ResolvedImage> {
  const { name, platform } = options;
  const blobs = [{ digest: target.descriptor.digest, content: target.content }];
  let manifest = target;
  for (let depth = 0; isIndex(manifest.descriptor.mediaType); depth++) {
    if (depth === maxDepth) throw invalidArgument(`${name}: indexes within indexes`);
    const descriptor = chooseManifest(parseIndex(manifest.content, name), platform, name);
    const content = await options.fetchManifest(descriptor.digest);
    if (content.length !== descriptor.size)
      throw dataLoss(`${name}: manifest of ${content.length} bytes instead of ${descriptor.size}`);
    manifest = { descriptor, content };
    blobs.push({ digest: descriptor.digest, content });
  }
  const parsed = parseManifest(manifest.content, name);
  const bytes = await options.fetchConfig(parsed.config);
  if (bytes.length !== parsed.config.size)
    throw dataLoss(`${name}: configuration of ${bytes.length} bytes instead of ${parsed.config.size}`);
  const config = parseImageConfig(bytes, name);
  checkConfig(config, parsed, platform, name);
  const between = blobs.slice(1, -1);
  blobs.push({ digest: parsed.config.digest, content: bytes });
  const { mediaType, digest, size } = manifest.descriptor;
  return {
    target: target.descriptor,
    manifest: { mediaType, digest, size, platform: normalize(config.platform) },
    layers: parsed.layers,
    id: parsed.config.digest,
    config,
    held: between.map(({ digest }) => digest),
    blobs,
  };
}

function checkConfig(config: ImageConfig, { layers }: Manifest, platform: Platform, name: string): void {
  if (config.diffIds.length !== layers.length) {
    throw dataLoss(`${name}: ${layers.length} layers in the manifest, ${config.diffIds.length} in the configuration`);
  }
  const { architecture, os } = config.platform;
  // Very old images do not say what they are for.
  if (architecture === '' || os === '') return;
  const offered = normalize(config.platform);
  const isVariant = offered.variant === '' || platform.variant === '';
  const fits =
    platformsFor(platform).some((fitting) => isSamePlatform(offered, fitting)) ||
    (isVariant && isSamePlatform({ ...offered, variant: '' }, { ...platform, variant: '' }));
  if (!fits) throw noPlatform(name, platform, [offered]);
}
