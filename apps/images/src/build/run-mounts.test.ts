import { openImageStore } from '../../test/image-store.ts';
import type { Build } from './build.ts';
import type { RunAction, RunMount } from './language/action.ts';
import { openMounts } from './run-mounts.ts';

const cache = (target: string, sharing: 'shared' | 'private' | 'locked'): RunMount => {
  return { type: 'cache', id: 'one', target, sharing, source: '/', mode: 0o755, uid: 0, gid: 0, readOnly: false };
};

it.each(['locked', 'private', 'shared'] as const)('a RUN may mount a %s cache in two places', async (sharing) => {
  await using store = openImageStore();
  const build = { engine: store.engine } as Build;
  const action = { mounts: [cache('/a', sharing), cache('/b', 'locked')] } as unknown as RunAction;
  await using opened = await openMounts(build, action, 1, AbortSignal.timeout(10_000));
  const [first, second] = opened.mounts;
  expect(opened.mounts.map(({ target }) => target)).toEqual(['/a', '/b']);
  expect(second?.source).toBe(first?.source);
});
