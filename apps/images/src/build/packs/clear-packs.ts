import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { ImageEngine } from '../../engine.ts';

/** Held while a pack is made of a draft. */
export const leaseOfPack = (id: string): string => `contextpack/${id}`;

/** Packs whose maker died before they were recorded, and records whose file somebody has removed. */
export function lostPacks({ store, records, layout }: Pick<ImageEngine, 'store' | 'records' | 'layout'>): {
  readonly unrecorded: readonly string[];
  readonly missing: readonly string[];
} {
  // Listed first: what comes later is recorded, or its maker lives.
  const present = readdirSync(layout.contexts);
  const recorded = new Set(records.packs.all().map(({ id }) => id));
  const isLeft = (id: string): boolean => {
    using lease = store.leases.tryHold(leaseOfPack(id));
    return lease !== undefined && !records.packs.get(id);
  };
  return {
    unrecorded: present.filter((id) => !recorded.has(id) && isLeft(id)),
    missing: [...recorded].filter((id) => !existsSync(layout.pack(id)) && records.packs.get(id)),
  };
}

/** Brings records and files of packs into agreement. */
export async function clearPacks(engine: Pick<ImageEngine, 'store' | 'records' | 'layout'>): Promise<void> {
  const { unrecorded, missing } = lostPacks(engine);
  for (const id of missing) engine.records.packs.delete(id);
  for (const id of unrecorded) await rm(engine.layout.pack(id), { force: true });
}
