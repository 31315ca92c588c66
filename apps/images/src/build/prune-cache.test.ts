import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lease } from '@arcbox/store';
import { openImageStore } from '../../test/image-store.ts';
import { pruneCache } from './prune-cache.ts';

describe('cache mounts', () => {
  it('go, whichever replica takes them away', async () => {
    await using images = openImageStore();
    const { engine } = images;
    const place = (name: string): string => join(engine.layout.buildCaches, name);
    for (const name of ['first', 'second']) {
      mkdirSync(join(place(name), 'data'), { recursive: true });
      writeFileSync(join(place(name), 'id'), name);
    }
    const { leases } = engine.store;
    const tryHold = leases.tryHold.bind(leases);
    // Another replica has listed them too, and is done with one right before we look at it.
    jest.spyOn(leases, 'tryHold').mockImplementation((name): Lease | undefined => {
      if (name.endsWith('/first')) rmSync(place('first'), { recursive: true });
      return tryHold(name);
    });
    expect((await pruneCache(engine, { all: true, dryRun: false })).map(({ id }) => id)).toEqual(['second']);
    expect(existsSync(place('second'))).toBe(false);
  });
});
