import type { CachePart } from '@arcbox/proto/arcbox/engine/v1/build';
import type { ContainerUsage } from '@arcbox/proto/arcbox/engine/v1/container';
import type { ImageUsage } from '@arcbox/proto/arcbox/engine/v1/image';
import type { GetDiskUsageResponse, GetDiskUsageResponse_VolumeUsage as VolumeUsage } from '@arcbox/proto/arcbox/engine/v1/system';
import { formatAgo } from '../duration.ts';
import { type Fields, formatListing } from '../listing.ts';
import { splitTag } from '../reference.ts';
import { formatSize } from '../size.ts';
import { shortId, truncate } from '../table.ts';

const commandWidth = 20;
const age = (unixSeconds: bigint): string => (unixSeconds > 0n ? formatAgo(unixSeconds) : 'N/A');
const sizeText = (size: bigint): string => (size < 0n ? 'N/A' : formatSize(size));

const imageFields: Fields<ImageUsage> = {
  Repository: { header: 'REPOSITORY', value: ({ names: [name] }) => (name === undefined ? '<none>' : splitTag(name).repo) },
  Tag: { header: 'TAG', value: ({ names: [name] }) => (name === undefined ? '<none>' : splitTag(name).tag) },
  ID: { header: 'IMAGE ID', value: ({ id }) => shortId(id) },
  CreatedSince: { header: 'CREATED', value: ({ created }) => age(created) },
  Size: { header: 'SIZE', value: ({ size }) => formatSize(size) },
  SharedSize: { header: 'SHARED SIZE', value: ({ shared }) => formatSize(shared) },
  UniqueSize: { header: 'UNIQUE SIZE', value: ({ unique }) => formatSize(unique) },
  Containers: { header: 'CONTAINERS', value: ({ containers }) => String(containers) },
  CompressedSize: { header: 'COMPRESSED', value: ({ compressed }) => formatSize(compressed) },
};

const containerFields: Fields<ContainerUsage> = {
  ID: { header: 'CONTAINER ID', value: ({ id }) => shortId(id) },
  Image: { header: 'IMAGE', value: ({ image }) => image },
  Command: { header: 'COMMAND', value: ({ command }) => `"${truncate(command, commandWidth)}"` },
  LocalVolumes: { header: 'LOCAL VOLUMES', value: ({ volumes }) => String(volumes.length) },
  Size: { header: 'SIZE', value: ({ size }) => formatSize(size) },
  RunningFor: { header: 'CREATED', value: ({ created }) => age(created) },
  Status: { header: 'STATUS', value: ({ status }) => status },
  Names: { header: 'NAMES', value: ({ name }) => name },
};

const volumeFields: Fields<VolumeUsage> = {
  Name: { header: 'VOLUME NAME', value: ({ name }) => name },
  Links: { header: 'LINKS', value: ({ containers }) => String(containers) },
  Size: { header: 'SIZE', value: ({ size }) => sizeText(size) },
};

const cacheFields: Fields<CachePart> = {
  ID: { header: 'CACHE ID', value: ({ id }) => shortId(id) },
  CacheType: { header: 'CACHE TYPE', value: ({ kind }) => kind },
  Size: { header: 'SIZE', value: ({ size }) => formatSize(size) },
  CreatedSince: { header: 'CREATED', value: ({ created }) => age(created) },
  LastUsedSince: { header: 'LAST USED', value: ({ lastUsed }) => age(lastUsed) },
  InUse: { header: 'IN USE', value: ({ inUse }) => String(inUse) },
  Shared: { header: 'SHARED', value: ({ shared }) => String(shared) },
  Description: { header: 'DESCRIPTION', value: ({ name }) => name },
};

/** All tables of `system df -v`. */
export function formatDetails(usage: GetDiskUsageResponse): string {
  const { images, containers, volumes, buildCache } = usage;
  const cacheSize = buildCache.reduce((sum, { size }) => sum + size, 0n);
  return [
    section('Images space usage:', images, imageFields) + explainLayers(usage),
    section('Containers space usage:', containers, containerFields),
    section('Local Volumes space usage:', volumes, volumeFields),
    section(`Build cache usage: ${formatSize(cacheSize)}`, buildCache, cacheFields),
  ].join('\n');
}

/** Why images take more than their files do, and what else is in the sum; empty when there is nothing. */
function explainLayers({ layersSize, layersCompressed, layersBeside }: GetDiskUsageResponse): string {
  if (layersSize === 0n) return '';
  const [unpacked, compressed] = [formatSize(layersSize - layersCompressed), formatSize(layersCompressed)];
  const beside = layersBeside > 0n ? `${formatSize(layersBeside)} no image has: layers of removed images that containers use, interrupted pulls, what containerd clients hold.\n` : '';
  return `\nOf ${formatSize(layersSize)}, ${unpacked} are unpacked layers; ${compressed} are kept as they were pulled or built, for pushes and saves (COMPRESSED).\n${beside}`;
}

function section<Item>(title: string, items: readonly Item[], fields: Fields<Item>): string {
  return `${title}\n\n${formatListing(items, { fields, columns: Object.keys(fields) })}`;
}

/** The same under the names that docker's templates use. */
export function detailsForTemplates({ images, containers, volumes, buildCache }: GetDiskUsageResponse): object {
  const rows = <Item>(items: readonly Item[], fields: Fields<Item>): object[] =>
    items.map((item) => Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.value(item)])));
  return {
    Images: rows(images, imageFields),
    Containers: rows(containers, containerFields),
    Volumes: rows(volumes, volumeFields),
    BuildCache: rows(buildCache, cacheFields),
  };
}
