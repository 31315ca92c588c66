import type { Digest } from '../image/digest.ts';
import type { ImageEngine } from '../engine.ts';
import { parseManifest } from '../image/manifest.ts';
import { parseReference, type Reference } from '@arcbox/reference';
import type { NameRecord } from '../store/records.ts';

/** Repositories that are asked for one blob, at most. */
const maxSources = 2;

/**
 * For each blob, other repositories of the same registry that should have it:
 * an image with it was pulled from there or pushed there. Those that are named
 * most alike come first.
 */
export function findMounts({ records, content }: ImageEngine, { domain, path }: Reference): Map<Digest, string[]> {
  const mounts = new Map<Digest, Set<string>>();
  const blobsOf = ({ image, manifest }: NameRecord): readonly Digest[] => {
    const record = image === undefined ? undefined : records.images.get(image);
    if (!record || manifest === undefined || manifest === record.manifest.digest) return record?.blobs ?? [];
    const bytes = content.find(manifest);
    return bytes ? parseManifest(bytes, manifest).layers.map(({ digest }) => digest) : [];
  };
  for (const name of records.names.all()) {
    // Only names by digest tell where an image really was.
    if (name.kind !== 'digest' || !name.repository.startsWith(`${domain}/`)) continue;
    const other = parseReference(name.id).path;
    if (other === path) continue;
    for (const digest of blobsOf(name)) mounts.set(digest, (mounts.get(digest) ?? new Set()).add(other));
  }
  const byLikeness = (a: string, b: string): number => likeness(b, path) - likeness(a, path) || a.localeCompare(b);
  return new Map([...mounts].map(([digest, paths]) => [digest, [...paths].sort(byLikeness).slice(0, maxSources)]));
}

/** Leading parts that two paths share. */
function likeness(a: string, b: string): number {
  const [left, right] = [a.split('/'), b.split('/')];
  const differing = left.findIndex((part, index) => part !== right[index]);
  return differing < 0 ? left.length : differing;
}
