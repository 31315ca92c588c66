import { rm } from 'node:fs/promises';
import type { ImageEngine } from '../../engine.ts';
import type { PackRecord } from '../../store/records.ts';

/** How much of contexts is kept at most. */
export interface PackLimits {
  readonly bytes: number;
  /** Each takes some fifty bytes of memory. */
  readonly contents: number;
  /** All of them are open while a context comes in. */
  readonly packs: number;
}

export const packLimits = (bytes = 2 * 2 ** 30): PackLimits => ({ bytes, contents: 500_000, packs: 64 });

type PackStore = Pick<ImageEngine, 'store' | 'records' | 'layout'>;

/** Removes what was used longest ago, as long as there is too much. */
export async function trimPacks(engine: PackStore, limits: PackLimits): Promise<void> {
  let [bytes, contents, packs] = [0, 0, 0];
  await removePacks(engine, (pack) => {
    bytes += pack.bytes;
    contents += pack.contents;
    packs++;
    return bytes > limits.bytes || contents > limits.contents || packs > limits.packs;
  });
}

/** Removes packs; `mayGo` is asked about each, those that were used last first. A build that reads one reads on. */
export async function removePacks(engine: PackStore, mayGo: (pack: PackRecord) => boolean): Promise<PackRecord[]> {
  const { store, records, layout } = engine;
  const gone = store.transaction(() => {
    const old = packsByUse(engine).filter(mayGo);
    for (const { id } of old) records.packs.delete(id);
    return old;
  });
  for (const { id } of gone) await rm(layout.pack(id), { force: true });
  return gone;
}

/** Those that were used last come first. */
export function packsByUse({ records }: Pick<ImageEngine, 'records'>): PackRecord[] {
  return records.packs.all().sort((a, b) => b.usedAt - a.usedAt);
}
