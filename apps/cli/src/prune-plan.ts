import type { CachePart } from '@arcbox/proto/arcbox/engine/v1/build';
import type { PrunePlanItem } from '@arcbox/proto/arcbox/engine/v1/system';
import type { Engine } from './connection.ts';
import { type Fields, formatListing } from './listing.ts';
import { patience } from './patience.ts';
import { prunesCache, prunesVolumesApart, type PruneWish, typesAtOnce } from './prune-wish.ts';
import { formatSize } from './size.ts';
import { shortId } from './table.ts';

/** What a prune with this wish would do, by the same requests, as text. */
export async function readPlan(engine: Engine, wish: PruneWish, format?: string): Promise<string> {
  const { all, filters } = wish;
  const options = { deadline: patience.prune };
  const cache = prunesCache(wish) ? await engine.builds.pruneCache({ all, dryRun: true, until: filters['until'] ?? '' }, options) : undefined;
  const goneCache = cache?.deleted ?? [];
  const { items } = await engine.furtherSystem.planPrune({ types: typesAtOnce(wish), all, filters, goneCache }, options);
  // With the containers, for those that go let go of volumes.
  const apart = prunesVolumesApart(wish) ? await engine.furtherSystem.planPrune({ types: ['containers', 'volumes'], filters }, options) : undefined;
  const volumes = apart?.items.filter(({ type }) => type === 'volume') ?? [];
  return formatPlan([...items, ...volumes, ...(cache?.parts ?? []).map(toItem)], format);
}

function toItem({ id, name, size }: CachePart): PrunePlanItem {
  return { type: 'build cache', id, name, size, removed: true, reason: 'no build uses it' };
}

/** What goes and what stays, as text. */
export function formatPlan(items: readonly PrunePlanItem[], format = 'table'): string {
  const columns = ['Type', 'ID', 'Name', 'Size', 'Action', 'Reason'];
  const listing = formatListing(items, { fields, columns, format });
  if (format !== 'table') return listing;
  const total = items.reduce((sum, { removed, size }) => sum + (removed ? size : 0n), 0n);
  return `${listing}\nTotal reclaimable space: ${formatSize(total)}\n`;
}

/** As is what the engine names. */
const isHex = (id: string): boolean => /^[0-9a-f]{64}$/.test(id);

const fields: Fields<PrunePlanItem> = {
  Type: { header: 'TYPE', value: ({ type }) => type },
  ID: { header: 'ID', value: ({ type, id }) => (type === 'volume' && !isHex(id) ? id : shortId(id)) },
  Name: { header: 'NAME', value: ({ name }) => name },
  Size: { header: 'SIZE', value: ({ size }) => formatSize(size) },
  Bytes: { header: 'BYTES', value: ({ size }) => String(size) },
  Action: { header: 'ACTION', value: ({ removed }) => (removed ? 'remove' : 'keep') },
  Reason: { header: 'REASON', value: ({ reason }) => reason },
};
