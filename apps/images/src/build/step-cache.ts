import { createHash } from 'node:crypto';
import type { Digest } from '../image/digest.ts';
import type { ImageEngine } from '../engine.ts';
import type { StepRecord } from '../store/records.ts';

/** A use is written down only when the last one is this old; milliseconds. */
const useGrain = 60 * 60_000;

/** Results of steps, by all that they depend on. All replicas share them. */
export class StepCache {
  readonly #engine: ImageEngine;

  constructor(engine: ImageEngine) {
    this.#engine = engine;
  }

  /** A result whose layer is still here; `pin` keeps it so. */
  find(id: string, pin: { add(...digests: string[]): void }): StepRecord | undefined {
    const { records } = this.#engine;
    const seen = records.steps.get(id);
    if (!seen) return undefined;
    if (seen.layer) pin.add(seen.layer.diffId, seen.layer.blob.digest);
    // Looked at again: before the pin it may have gone.
    const record = records.steps.get(id);
    if (!record || (record.layer && !this.#engine.layers.has(record.layer))) return undefined;
    const now = Date.now();
    if (now - Date.parse(record.usedAt) > useGrain) {
      records.steps.update(id, (step) => ({ ...step, usedAt: new Date(now).toISOString() }));
    }
    return record;
  }

  keep(record: Omit<StepRecord, 'usedAt'>): StepRecord {
    const kept = { ...record, usedAt: new Date().toISOString() };
    this.#engine.records.steps.put(kept);
    return kept;
  }
}

/** What a result depends on, as an id. Fields in one order give one id. */
export function keyOf(parts: object): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** Which files there are: those of these layers, whatever made them. */
export function filesKey(layers: readonly { readonly diffId: Digest }[]): string {
  return keyOf({ layers: layers.map(({ diffId }) => diffId) });
}
