import type { Content } from './content.ts';
import { type Digest, isDigest } from '../image/digest.ts';
import { maxConfig } from '../image/image-config.ts';
import { asObject, parseObject } from '../image/manifest.ts';

/** What a digest leads to. */
export interface HeldContent {
  /** Itself and the blobs below it, be they here or not. */
  readonly blobs: ReadonlySet<Digest>;
  /** Those of them that are indexes, manifests or configurations, and are here. */
  readonly documents: ReadonlySet<Digest>;
  /** Layers, unpacked. */
  readonly diffIds: ReadonlySet<Digest>;
}

/** An index may hold indexes; nobody needs more of that. */
const maxDepth = 4;

/**
 * Follows digests to all that they lead to, as far as that is here: an index to its manifests, a manifest to
 * configuration and layers, a configuration to the unpacked layers. Of what kind a blob is, its bytes tell.
 */
export function heldBy(content: Content, ...roots: readonly Digest[]): HeldContent {
  const blobs = new Set<Digest>();
  const documents = new Set<Digest>();
  const diffIds = new Set<Digest>();
  const visit = (digest: Digest, depth: number): void => {
    if (blobs.has(digest)) return;
    blobs.add(digest);
    const document = depth > maxDepth ? undefined : readDocument(content, digest);
    if (!document) return;
    documents.add(digest);
    for (const diffId of digests(asObject(document['rootfs'])['diff_ids'])) diffIds.add(diffId);
    const children = [...items(document['manifests']), document['config'], ...items(document['layers'])];
    for (const child of digests(children.map((one) => asObject(one)['digest']))) visit(child, depth + 1);
  };
  for (const root of roots) visit(root, 0);
  return { blobs, documents, diffIds };
}

/** A blob that may refer to others; undefined when it is none, or not here. */
function readDocument(content: Content, digest: Digest): Record<string, unknown> | undefined {
  const bytes = content.findSmall(digest, maxConfig);
  if (bytes?.[0] !== '{'.charCodeAt(0)) return undefined;
  try {
    return parseObject(bytes, digest);
  } catch {
    return undefined;
  }
}

const items = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const digests = (value: unknown): Digest[] =>
  items(value).filter((item): item is Digest => typeof item === 'string' && isDigest(item));
