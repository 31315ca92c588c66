import { invalidArgument, notFound } from '@arcbox/errors';
import type { Digest } from '../image/digest.ts';
import type { ImageRecord, NameRecord, Records } from '../store/records.ts';
import { formatReference, parseReference, type Reference, repositoryOf } from '@arcbox/reference';

/** An image, and the name by which it was found, if it was by name. */
export interface Found {
  readonly image: ImageRecord;
  readonly name?: NameRecord;
}

/**
 * Finds a local image by name[:tag], name@digest, id or unique prefix of an id.
 * NOT_FOUND `no such image: x`; INVALID_ARGUMENT when it can be none of these or
 * several ids begin so.
 */
export function findImage(records: Records, text: string): Found {
  const found = lookUp(records, text);
  if (!found) throw notFound(`no such image: ${text}`);
  return found;
}

export function lookUp(records: Records, text: string): Found | undefined {
  const byId = /^(?:sha256:)?([0-9a-f]{64})$/.exec(text)?.[1] ?? /^sha256:([0-9a-f]+)$/.exec(text)?.[1];
  if (byId !== undefined) return ofPrefix(records, byId, text);
  return (
    ofName(records, parseReference(text)) ?? (/^[0-9a-f]+$/.test(text) ? ofPrefix(records, text, text) : undefined)
  );
}

function ofName(records: Records, reference: Reference): Found | undefined {
  const name = records.names.get(formatReference(reference));
  const image = name?.image === undefined ? undefined : records.images.get(name.image);
  if (image) return { image, name };
  return reference.digest === undefined ? undefined : ofManifest(records, reference, reference.digest);
}

/** The registry may have been asked for an index, and the user for the manifest in it. */
function ofManifest(records: Records, reference: Reference, digest: Digest): Found | undefined {
  const name = records.names.findBy('repository', repositoryOf(reference)).find(({ manifest }) => manifest === digest);
  const image = name?.image === undefined ? undefined : records.images.get(name.image);
  return image && { image };
}

function ofPrefix(records: Records, prefix: string, text: string): Found | undefined {
  const images = records.images.findByPrefix(`sha256:${prefix}`);
  if (images.length > 1) throw invalidArgument(`${text} is ambiguous: ${images.map(({ id }) => id).join(', ')}`);
  return images[0] && { image: images[0] };
}
