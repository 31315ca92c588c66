import type { Descriptor as WireDescriptor } from '@arcbox/proto/containerd/types/descriptor';
import type { Info, Status } from '@arcbox/proto/containerd/services/content/v1/content';
import type { Image } from '@arcbox/proto/containerd/services/images/v1/images';
import type { Plugin as WirePlugin } from '@arcbox/proto/containerd/services/introspection/v1/introspection';
import type { Lease } from '@arcbox/proto/containerd/services/leases/v1/leases';
import type { Descriptor } from '../image/manifest.ts';
import type { ContentLeaseRecord, NameRecord } from '../store/records.ts';
import { toTimestamp } from '../timestamp-wire.ts';
import type { BlobInfo } from './blobs.ts';
import type { Download } from './downloads.ts';
import type { NameValues } from './name-values.ts';
import type { Plugin } from './plugins.ts';

export function toImage({ id, labels, target, createdAt, updatedAt }: NameRecord): Image {
  const { mediaType, digest, size, annotations } = target;
  return {
    name: id,
    labels: { ...labels },
    target: { mediaType, digest, size: BigInt(size), annotations: { ...annotations } },
    createdAt: toTimestamp(createdAt),
    updatedAt: toTimestamp(updatedAt),
  };
}

export function fromImage({ labels, target }: Image): NameValues {
  return { labels, target: target && fromDescriptor(target) };
}

function fromDescriptor({ mediaType, digest, size, annotations }: WireDescriptor): Descriptor {
  return { mediaType, digest, size: Number(size), annotations };
}

export function toLease({ id, labels, createdAt }: ContentLeaseRecord): Lease {
  return { id, labels: { ...labels }, createdAt: toTimestamp(createdAt) };
}

export function toInfo({ digest, size, labels, createdAt }: BlobInfo): Info {
  const at = toTimestamp(createdAt);
  return { digest, size: BigInt(size), labels: { ...labels }, createdAt: at, updatedAt: at };
}

export function toStatus({ ref, digest, bytes, startedAt, updatedAt }: Download): Status {
  return {
    ref,
    expected: digest,
    offset: BigInt(bytes),
    total: 0n,
    startedAt: toTimestamp(startedAt),
    updatedAt: toTimestamp(updatedAt),
  };
}

export function toPlugin({ type, id }: Plugin): WirePlugin {
  return { type, id, requires: [], platforms: [], exports: {}, capabilities: [], initErr: undefined };
}
