import { isKind } from '@arcbox/errors';
import { recordImage } from '../catalogue/record-image.ts';
import type { ImageEngine } from '../engine.ts';
import type { Digest } from '../image/digest.ts';
import { maxConfig, parseImageConfig } from '../image/image-config.ts';
import { type Descriptor, isIndex, maxManifest, mediaTypeOf, parseIndex, parseManifest } from '../image/manifest.ts';
import { chooseManifest, hostPlatform, normalize } from '../image/platform.ts';
import type { ResolvedImage } from '../pull/resolve-remote.ts';

/** What stands behind a target: the manifest of the platform that is here, and its image. */
export interface Meaning {
  readonly manifest: Digest;
  readonly image: Digest;
  readonly held?: readonly Digest[];
}

/** An index may hold indexes; nobody needs more of that. */
const maxDepth = 3;

/**
 * The image that a target leads to. Undefined when its content is not here, is no image, or is not as described.
 * An image that was removed while something held its content is recorded again. Call it in a transaction, holding
 * the lease `content`: what is here then stays.
 */
export function meaningOf(engine: ImageEngine, target: Descriptor): Meaning | undefined {
  const bytes = engine.content.findSound(target.digest, maxManifest);
  if (bytes?.length !== target.size || typeOf(bytes, target) !== target.mediaType) return undefined;
  const names = engine.records.names.findBy('target', target.digest).toSorted((a, b) => b.updatedAt.localeCompare(a.updatedAt));
  for (const { manifest, image, held } of names) if (manifest !== undefined && image !== undefined) return { manifest, image, held };
  return isIndex(target.mediaType) ? ofIndex(engine, target, bytes, 1) : ofManifest(engine, target, target, bytes);
}

/** The platform of the host if it is here, else the first that is. */
function ofIndex(engine: ImageEngine, index: Descriptor, bytes: Buffer, depth: number, target = index): Meaning | undefined {
  if (depth > maxDepth) return undefined;
  const manifests = ifSound(() => parseIndex(bytes, index.digest)) ?? [];
  const preferred = ifSound(() => chooseManifest(manifests, hostPlatform(), index.digest));
  for (const child of preferred ? [preferred, ...manifests] : manifests) {
    const content = engine.content.findSound(child.digest, maxManifest);
    if (content?.length !== child.size) continue;
    const found = isIndex(typeOf(content, child))
      ? holding(child.digest, ofIndex(engine, child, content, depth + 1, target))
      : ofManifest(engine, target, child, content);
    if (found) return found;
  }
  return undefined;
}

/** An index on the way belongs to what the name means. */
function holding(index: Digest, meaning: Meaning | undefined): Meaning | undefined {
  return meaning && { ...meaning, held: [index, ...(meaning.held ?? [])] };
}

function ofManifest(engine: ImageEngine, target: Descriptor, manifest: Descriptor, bytes: Buffer): Meaning | undefined {
  const image = ifSound(() => readImage(engine, target, manifest, bytes));
  if (!image) return undefined;
  const isComplete = image.layers.every((blob, at) => engine.layers.has({ blob, diffId: image.config.diffIds[at] ?? '' }));
  if (!isComplete || image.layers.length !== image.config.diffIds.length) return undefined;
  if (!engine.records.images.get(image.id)) recordImage(engine, image, undefined);
  return { manifest: manifest.digest, image: image.id };
}

function readImage({ content }: ImageEngine, target: Descriptor, manifest: Descriptor, bytes: Buffer): ResolvedImage | undefined {
  const { config: described, layers } = parseManifest(bytes, manifest.digest);
  const document = content.findSound(described.digest, maxConfig);
  if (!document) return undefined;
  const config = parseImageConfig(document, described.digest);
  const { digest, size } = manifest;
  const found = { mediaType: typeOf(bytes, manifest), digest, size, platform: normalize(config.platform) };
  return { target, manifest: found, layers, id: described.digest, config, blobs: [] };
}

/** Empty for what is neither manifest nor index. */
const typeOf = (bytes: Buffer, { mediaType, digest }: Descriptor): string => ifSound(() => mediaTypeOf(bytes, mediaType, digest)) ?? '';

/** Undefined when the content is not what it would have to be. */
function ifSound<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isKind(error, 'data-loss', 'invalid-argument', 'not-found')) return undefined;
    throw error;
  }
}
