import { createHash, randomUUID } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageEngine } from '../engine.ts';

/** A cache as `RUN --mount=type=cache` asks for it. */
export interface CacheWish {
  readonly id: string;
  readonly sharing: 'shared' | 'private' | 'locked';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** A cache in use: nobody prunes it. */
export interface OpenCache extends Disposable {
  readonly path: string;
}

/**
 * Opens a cache mount, making it if it is not there; `fill` writes what a new
 * one starts with. A locked one is waited for; of a private one there are as
 * many as builds use at a time.
 */
export async function openCache(
  engine: ImageEngine,
  wish: CacheWish,
  fill: (directory: string) => Promise<void>,
  signal: AbortSignal,
): Promise<OpenCache> {
  using stack = new DisposableStack();
  const name = createHash('sha256').update(wish.id).digest('hex').slice(0, 32);
  const own = await choose(engine, name, wish.sharing, stack, signal);
  // Under the gate: who prunes holds it while looking whether anybody uses the cache.
  using _gate = await engine.store.leases.hold(gateOf(own), signal);
  const use = engine.store.leases.tryHold(`${useOf(own)}${randomUUID()}`);
  if (use) stack.use(use);
  const home = join(engine.layout.buildCaches, own);
  const path = join(home, 'data');
  const mark = join(home, 'id');
  if (!existsSync(mark)) {
    rmSync(home, { recursive: true, force: true });
    mkdirSync(path, { recursive: true, mode: 0o700 });
    await fill(path);
    chownSync(path, wish.uid, wish.gid);
    chmodSync(path, wish.mode);
  }
  // Its time says when the cache was used last; that it is there, that the cache is whole.
  writeFileSync(mark, wish.id);
  const held = stack.move();
  return { path, [Symbol.dispose]: () => held.dispose() };
}

/** The lease of whoever changes whether a cache is there, and the beginning of those of its users. */
export const gateOf = (name: string): string => `cachemount/${name}`;
export const useOf = (name: string): string => `cachemount/${name}/use/`;

/** Takes the right to a locked or private cache, and says which it is. */
async function choose(
  { store }: ImageEngine,
  name: string,
  sharing: CacheWish['sharing'],
  stack: DisposableStack,
  signal: AbortSignal,
): Promise<string> {
  if (sharing === 'shared') return name;
  if (sharing === 'locked') {
    stack.use(await store.leases.hold(`cachemount/${name}/lock`, signal));
    return name;
  }
  for (let number = 0; ; number++) {
    const candidate = number === 0 ? name : `${name}.${number}`;
    const lease = store.leases.tryHold(`cachemount/${candidate}/lock`);
    if (!lease) continue;
    stack.use(lease);
    return candidate;
  }
}
