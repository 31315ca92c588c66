import { dataLoss, invalidArgument } from '@arcbox/errors';
import type { Content } from './content.ts';
import type { Digest } from '../image/digest.ts';
import {
  type Descriptor,
  isIndex,
  manifestTypes,
  mediaTypeOf,
  parseDescriptor,
  parseIndex,
  parseObject,
} from '../image/manifest.ts';

/** An index may hold indexes; nobody needs more of that. */
const maxDepth = 3;

/**
 * Everything an index or a manifest refers to, itself first, each once. Undefined
 * when something of it is not here, which `has` says. What kind of artifact the
 * manifests describe does not matter.
 */
export function reachableFrom(
  content: Content,
  root: Descriptor,
  has: (digest: Digest) => boolean,
): Descriptor[] | undefined {
  const found = new Map<Digest, Descriptor>();
  const visit = (descriptor: Descriptor, depth: number): boolean => {
    if (!has(descriptor.digest)) return false;
    if (depth > maxDepth) throw invalidArgument(`${root.digest}: indexes within indexes`);
    found.set(descriptor.digest, descriptor);
    return childrenOf(content, descriptor).every((child) =>
      manifestTypes.includes(child.mediaType) ? visit(child, depth + 1) : has(child.digest) && found.set(child.digest, child),
    );
  };
  return visit(root, 0) ? [...found.values()] : undefined;
}

function childrenOf(content: Content, { digest, mediaType }: Descriptor): Descriptor[] {
  const bytes = content.read(digest);
  if (isIndex(mediaTypeOf(bytes, mediaType, digest))) return parseIndex(bytes, digest);
  const { config, layers } = parseObject(bytes, digest);
  if (!Array.isArray(layers)) throw dataLoss(`${digest}: the manifest has no layers`);
  return [config, ...(layers as unknown[])].map((entry) => parseDescriptor(entry, digest));
}
