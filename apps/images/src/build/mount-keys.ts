import type { Build } from './build.ts';
import { contextKey } from './copy-step.ts';
import type { RunMount } from './language/action.ts';

/**
 * What the outcome of RUN depends on of its mounts: of secrets and caches that they are there, not what they hold.
 * Files count by what they are: the number of a stage would change with each stage that is put before it.
 */
export async function mountKeys(build: Build, mounts: readonly RunMount[], step: number): Promise<object[]> {
  const keys = mounts.map(async (mount) => ({ ...mount, from: undefined, files: await filesKey(build, mount, step) }));
  return Promise.all(keys);
}

async function filesKey(build: Build, mount: RunMount, step: number): Promise<string | undefined> {
  if (mount.type !== 'bind') return undefined;
  if (!mount.from) return contextKey(build, mount.source);
  return (await build.filesOf(mount.from, step)).key;
}
