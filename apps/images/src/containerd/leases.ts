import { randomUUID } from 'node:crypto';
import { alreadyExists, invalidArgument, notFound, unimplemented } from '@arcbox/errors';
import { contentLease, type ImageEngine } from '../engine.ts';
import { type Digest, parseDigest } from '../image/digest.ts';
import { candidatesBelow } from '../store/candidates-below.ts';
import { expiryLabel, findLease, liveLeases } from '../store/content-lease.ts';
import { collectGarbage } from '../store/garbage.ts';
import type { ContentLeaseRecord, Records } from '../store/records.ts';
import { entryAt, parseFilters } from './filter.ts';
import { checkLabels, type Labels } from './labels.ts';

/** What a lease can hold, by containerd's names. */
export interface Resource {
  readonly id: string;
  readonly type: string;
}

const contentType = 'content';
const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/** Makes a lease; an empty id lets us choose. ALREADY_EXISTS: the id is taken. */
export function createLease({ store, records }: ImageEngine, id: string, labels: Labels): ContentLeaseRecord {
  const lease = { id: id || randomUUID(), labels: checkLabels(labels), digests: [], createdAt: new Date().toISOString() };
  checkExpiry(lease);
  store.transaction(() => {
    if (findLease(records, lease.id)) throw alreadyExists(`lease ${lease.id}: already exists`);
    records.contentLeases.put(lease);
  });
  return lease;
}

/** The leases that match any of the filters, in order. */
export function listLeases(records: Records, filters: readonly string[]): ContentLeaseRecord[] {
  const matches = parseFilters(filters);
  const fieldsOf = ({ id, labels }: ContentLeaseRecord) => ([field, ...rest]: readonly string[]): string | undefined => {
    if (field === 'id') return id;
    return field === 'labels' ? entryAt(labels, rest) : undefined;
  };
  return liveLeases(records)
    .filter((lease) => matches(fieldsOf(lease)))
    .sort((a, b) => Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)));
}

/** Ends a lease; what only it held is gone when this returns. */
export async function deleteLease(engine: ImageEngine, id: string): Promise<void> {
  const { digests } = engine.store.transaction(() => {
    const lease = leaseOf(engine.records, id);
    engine.records.contentLeases.delete(id);
    return lease;
  });
  await collectGarbage(engine, candidatesBelow(engine, digests));
}

/** From now on the lease holds the resource, which need not be here. */
export async function addResource(engine: ImageEngine, id: string, resource: Resource, signal: AbortSignal): Promise<void> {
  const digest = digestOf(resource);
  // A garbage collection under way has not seen the lease: what it takes is gone before we answer.
  using _lease = await engine.store.leases.hold(contentLease, signal);
  change(engine, id, (digests) => [...new Set([...digests, digest])]);
}

/** The lease lets go of a resource; what only it held goes. */
export async function deleteResource(engine: ImageEngine, id: string, resource: Resource): Promise<void> {
  const digest = digestOf(resource);
  change(engine, id, (digests) => digests.filter((one) => one !== digest));
  await collectGarbage(engine, candidatesBelow(engine, [digest]));
}

export function listResources(records: Records, id: string): Resource[] {
  return leaseOf(records, id).digests.map((digest) => ({ id: digest, type: contentType }));
}

function change({ store, records }: ImageEngine, id: string, next: (digests: readonly Digest[]) => Digest[]): void {
  store.transaction(() => {
    const lease = leaseOf(records, id);
    records.contentLeases.put({ ...lease, digests: next(lease.digests) });
  });
}

function leaseOf(records: Records, id: string): ContentLeaseRecord {
  const lease = findLease(records, id);
  if (!lease) throw notFound(`lease ${id}: not found`);
  return lease;
}

function digestOf({ id, type }: Resource): Digest {
  if (type === '') throw invalidArgument('the type of the resource is missing');
  if (type !== contentType) throw unimplemented(`resources of type ${type} are not held by leases here: only ${contentType} is`);
  return parseDigest(id, 'resource');
}

function checkExpiry({ id, labels }: ContentLeaseRecord): void {
  const expiry = labels[expiryLabel];
  if (expiry === undefined || (rfc3339.test(expiry) && !Number.isNaN(Date.parse(expiry)))) return;
  throw invalidArgument(`lease ${id}: ${expiryLabel} is no time of RFC 3339: ${JSON.stringify(expiry)}`);
}
