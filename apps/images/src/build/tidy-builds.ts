import { setTimeout as sleep } from 'node:timers/promises';
import type { Builder } from './build.ts';
import { pruneCache } from './prune-cache.ts';
import { clearDeadWorkspaces } from './workspace.ts';

/** Between two looks for what dead builds have left, while some of it cannot go yet; milliseconds. */
const soon = 5_000;

/** Between two looks otherwise; milliseconds. */
const period = 10 * 60_000;

/** As long as the layers of kept steps have no more bytes than this, none goes by itself. */
const room = 10 * 2 ** 30;

/**
 * Takes away what builds have left whose worker has died, now and as soon as
 * the workers that are needed for it are there; and, while the cache is large,
 * what was not used for a week.
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

async function loop(builder: Builder, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const isDone = await tidy(builder);
    await sleep(isDone ? period : soon, undefined, { signal, ref: false }).catch(() => {});
  }
}

async function tidy({ engine, containers }: Builder): Promise<boolean> {
  try {
    await clearDeadWorkspaces(engine, containers);
    if (cacheBytes(engine.records) > room) await pruneCache(engine, { all: false, dryRun: false });
    return true;
  } catch (error) {
    engine.log.debug({ error }, 'what builds have left stays for now');
    return false;
  }
}

function cacheBytes({ steps }: Builder['engine']['records']): number {
  const layers = new Map(steps.all().flatMap(({ layer }) => (layer ? [[layer.diffId, layer.size + layer.blob.size] as const] : [])));
  return layers.values().reduce((sum, size) => sum + size, 0);
}
