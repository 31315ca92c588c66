import type { GetDiskUsageResponse } from '@arcbox/proto/arcbox/engine/v1/system';
import type { Fields } from '../listing.ts';
import { formatSize } from '../size.ts';

/** One line of `system df`: what a kind of objects takes; bytes. */
export interface UsageLine {
  readonly type: string;
  readonly total: number;
  readonly active: number;
  readonly size: bigint;
  readonly reclaimable: bigint;
}

/** As docker adds it up: what no container uses, or does not run, could come back. */
export function summarise({ images, containers, volumes, buildCache, layersSize, layersReclaimable }: GetDiskUsageResponse): UsageLine[] {
  const runs = ({ state }: { state: string }): boolean => ['running', 'paused', 'restarting'].includes(state);
  const isUsed = ({ containers: users }: { containers: number }): boolean => users > 0;
  return [
    { type: 'Images', total: images.length, active: images.filter(isUsed).length, size: layersSize, reclaimable: layersReclaimable },
    lineOf('Containers', containers, runs),
    lineOf('Local Volumes', volumes, isUsed),
    lineOf('Build Cache', buildCache, ({ inUse }) => inUse),
  ];
}

function lineOf<Item extends { size: bigint }>(type: string, items: readonly Item[], isActive: (item: Item) => boolean): UsageLine {
  const active = items.filter(isActive);
  const size = sum(items);
  return { type, total: items.length, active: active.length, size, reclaimable: size - sum(active) };
}

/** What is not known counts as nothing. */
const sum = (items: readonly { size: bigint }[]): bigint => items.reduce((total, { size }) => total + (size > 0n ? size : 0n), 0n);

export const summaryColumns = ['Type', 'TotalCount', 'Active', 'Size', 'Reclaimable'];

export const summaryFields: Fields<UsageLine> = {
  Type: { header: 'TYPE', value: ({ type }) => type },
  TotalCount: { header: 'TOTAL', value: ({ total }) => String(total) },
  Active: { header: 'ACTIVE', value: ({ active }) => String(active) },
  Size: { header: 'SIZE', value: ({ size }) => formatSize(size) },
  Reclaimable: {
    header: 'RECLAIMABLE',
    value: ({ size, reclaimable }) => `${formatSize(reclaimable)}${size > 0n ? ` (${(reclaimable * 100n) / size}%)` : ''}`,
  },
};
