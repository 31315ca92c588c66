import { setTimeout as sleep } from 'node:timers/promises';
import type { ImageEngine } from '../engine.ts';
import { measureLayers } from '../store/disk-sizes.ts';
import type { Builder } from './build.ts';
import { clearPacks } from './packs/clear-packs.ts';
import { trimPacks } from './packs/trim-packs.ts';
import { pruneCache } from './prune-cache.ts';
import { clearDeadWorkspaces } from './workspace.ts';

/** Between two looks for what dead builds have left; milliseconds. Workers that are needed to take it away may be away too. */
const period = 5_000;

/** Between two looks at the size of the cache; milliseconds. */
const cachePeriod = 10 * 60_000;

/** As long as the layers of kept steps have no more bytes than this, none goes by itself. */
const room = 10 * 2 ** 30;

/**
 * Takes away what builds have left whose worker has died, or could not reach
 * the others; and, while the cache is large, what was not used for a week.
 * Measures new layers, so that who asks for the use of the disk need not wait.
 */
export function tidyBuilds(builder: Builder): AsyncDisposable {
  const abort = new AbortController();
  const running = loop(builder, abort.signal);
  return {
    async [Symbol.asyncDispose]() {
      abort.abort();
      await running;
    },
  };
}

async function loop({ engine, containers, packs }: Builder, signal: AbortSignal): Promise<void> {
  let nextTrim = 0;
  while (!signal.aborted) {
    await attempt(engine, () => clearDeadWorkspaces(engine, containers));
    if (Date.now() >= nextTrim) {
      await attempt(engine, () => trimCache(engine));
      await attempt(engine, () => clearPacks(engine));
      await attempt(engine, () => trimPacks(engine, packs.limits));
      await attempt(engine, () => measureLayers(engine));
      nextTrim = Date.now() + cachePeriod;
    }
    await sleep(period, undefined, { signal, ref: false }).catch(() => {});
  }
}

async function attempt({ log }: ImageEngine, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.debug({ error }, 'what builds have left stays for now');
  }
}

async function trimCache(engine: ImageEngine): Promise<void> {
  if (cacheBytes(engine.records) > room) await pruneCache(engine, { all: false, dryRun: false });
}

function cacheBytes({ steps }: ImageEngine['records']): number {
  const layers = new Map(steps.all().flatMap(({ layer }) => (layer ? [[layer.diffId, layer.size + layer.blob.size] as const] : [])));
  return layers.values().reduce((sum, size) => sum + size, 0);
}
