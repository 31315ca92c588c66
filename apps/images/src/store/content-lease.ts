import type { Content } from './content.ts';
import type { Digest } from '../image/digest.ts';
import { heldBy } from './held-content.ts';
import type { ContentLeaseRecord, Records } from './records.ts';

/** Label with the time at which a lease ends by itself, RFC 3339. */
export const expiryLabel = 'containerd.io/gc.expire';

/** Label of a lease that holds its digests, but nothing that they refer to. */
const flatLabel = 'containerd.io/gc.flat';

/** Leases that have not ended, oldest first. */
export function liveLeases({ contentLeases }: Records): ContentLeaseRecord[] {
  return contentLeases.all().filter((lease) => !hasExpired(lease));
}

export function findLease({ contentLeases }: Records, id: string): ContentLeaseRecord | undefined {
  const lease = contentLeases.get(id);
  return lease && !hasExpired(lease) ? lease : undefined;
}

/** Everything that leases hold. */
export function heldByLeases(records: Records, content: Content): Set<Digest> {
  const held = new Set<Digest>();
  for (const { labels, digests } of liveLeases(records)) {
    const { blobs, diffIds } = heldBy(content, ...digests);
    const all = Object.hasOwn(labels, flatLabel) ? digests : [...blobs, ...diffIds];
    for (const digest of all) held.add(digest);
  }
  return held;
}

/** What they held goes with the garbage of the sweep. */
export function forgetExpiredLeases({ contentLeases }: Records): void {
  for (const lease of contentLeases.all().filter(hasExpired)) contentLeases.delete(lease.id);
}

function hasExpired({ labels }: ContentLeaseRecord): boolean {
  const expiry = labels[expiryLabel];
  return expiry !== undefined && Date.parse(expiry) <= Date.now();
}
