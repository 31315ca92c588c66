import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { importArchive, ociArchive } from './archives.ts';
import { checkStore } from './check.ts';
import { type ContainerdClients, containerdClients } from './containerd.ts';
import { type Engine, startEngine } from './engine.ts';
import type { Blob, TestImage } from './test-image.ts';

/** The images worker, with clients of the services that it has in common with containerd. */
export interface ContainerdEngine extends Engine {
  readonly containerd: ContainerdClients;
}

export async function startContainerdEngine(): Promise<ContainerdEngine> {
  await using stack = new AsyncDisposableStack();
  const engine = stack.use(await startEngine());
  const containerd = stack.use(containerdClients(engine.root.paths.workerSocket('images-0')));
  const owned = stack.move();
  return { ...engine, containerd, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Loads an image, or an index of which it is part, under a full name. */
export async function load(engine: Engine, image: TestImage, name: string, index?: Blob): Promise<void> {
  await importArchive(engine, ociArchive(image, { 'io.containerd.image.name': name }, index));
}

/** Everything that an image consists of is on disk, or nothing of it. */
export function presenceOf({ state }: Engine, { manifest, config, layers, diffIds }: TestImage): 'whole' | 'gone' | 'partly there' {
  const files = [
    ...[manifest, config, ...layers].map(({ digest }) => join(state, 'oci/blobs/sha256', digest.slice(7))),
    ...diffIds.map((diffId) => join(state, 'layers', diffId.slice(7))),
  ];
  const present = files.filter((file) => existsSync(file)).length;
  if (present === files.length) return 'whole';
  return present === 0 ? 'gone' : 'partly there';
}

/** What is left in the store. */
export function leftovers({ state }: Engine): string[] {
  const places = ['layers', 'l', 'roots', 'ingest', 'oci/blobs/sha256'];
  return places.flatMap((place) => readdirSync(join(state, place)).map((name) => `${place}/${name}`)).filter((path) => path !== 'layers/empty');
}

/** The store is in order. */
export async function expectNoProblems(engine: Engine): Promise<void> {
  expect((await checkStore(engine)).problems).toEqual([]);
}
