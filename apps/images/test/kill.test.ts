import { randomBytes, randomInt } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeIf, type Registry, startRegistry } from '@arcbox/testing';
import { patience, times } from '../../../tests/e2e/long.ts';
import { importArchive, ociArchive, saveArchive } from './archives.ts';
import { checkStore } from './check.ts';
import { pull, push } from './engine.ts';
import { type ImagesProcess, startImagesProcess } from './images-process.ts';
import { pushImage } from './push.ts';
import { makeTar } from './tar.ts';
import { makeImage } from './test-image.ts';

/** Layers that take a moment: some large files, many small ones. */
const layers = ['lower', 'middle', 'upper'].map((directory) => [
  { name: `${directory}/`, type: '5' },
  { name: `${directory}/large`, content: randomBytes(2_000_000).toString('base64') },
  ...Array.from({ length: 200 }, (_, i) => ({ name: `${directory}/${i}`, content: String(i) })),
]);
const [app, sibling] = [makeImage({ layers }), makeImage({ layers: layers.slice(0, 2) })];
const archive = ociArchive(app);

/** A context that no build has seen yet. */
const context = (): Buffer =>
  makeTar([
    { name: 'Dockerfile', content: 'FROM base\nCOPY . /srv/\nWORKDIR /srv\nCOPY unique /again\n' },
    { name: 'unique', content: randomBytes(500_000).toString('base64') },
    ...Array.from({ length: 100 }, (_, i) => ({ name: `file${i}`, content: String(i) })),
  ]);

/** What is done when the worker is killed, and again afterwards. */
interface Operation {
  readonly name: string;
  /** Brings the store to where it can be done. */
  prepare(worker: ImagesProcess, registry: Registry): Promise<void>;
  perform(worker: ImagesProcess, registry: Registry): Promise<unknown>;
}

const reference = ({ host }: Registry, name = 'app'): string => `${host}/${name}:1`;

async function empty({ images, builds }: ImagesProcess): Promise<void> {
  for (const { id } of (await images.list({ all: true })).images) await images.remove({ id, force: true });
  await builds.pruneCache({ all: true });
}

async function removeIfThere({ images }: ImagesProcess, id: string): Promise<void> {
  if ((await images.exists({ reference: id })).exists) await images.remove({ id });
}

const operations: readonly Operation[] = [
  {
    name: 'pull',
    prepare: empty,
    perform: (worker, registry) => pull(worker, reference(registry)),
  },
  {
    name: 'import',
    prepare: empty,
    perform: (worker) => importArchive(worker, archive, { reference: 'loaded' }),
  },
  {
    name: 'remove',
    async prepare(worker, registry) {
      await pull(worker, reference(registry, 'sibling'));
      await pull(worker, reference(registry));
    },
    perform: (worker, registry) => removeIfThere(worker, reference(registry)),
  },
  {
    name: 'push',
    prepare: async (worker, registry) => void (await pull(worker, reference(registry))),
    async perform(worker, registry) {
      const repo = `${registry.host}/pushed-${randomBytes(8).toString('hex')}`;
      await worker.images.tag({ source: reference(registry), repo, tag: '1' });
      await push(worker, `${repo}:1`);
    },
  },
  {
    name: 'build',
    prepare: async (worker, registry) => {
      await pull(worker, reference(registry, 'sibling'));
      await worker.images.tag({ source: reference(registry, 'sibling'), repo: 'base', tag: 'latest' });
    },
    async perform(worker) {
      const requests = async function* () {
        yield { options: { tags: ['built'] }, data: context() };
        yield { eof: true };
      };
      await Array.fromAsync(worker.builds.build(requests()));
    },
  },
  {
    name: 'save and tag',
    prepare: async (worker, registry) => void (await pull(worker, reference(registry))),
    async perform(worker, registry) {
      await worker.images.tag({ source: reference(registry), repo: 'tagged', tag: String(randomInt(1_000_000)) });
      await saveArchive(worker, [reference(registry)]);
    },
  },
];

const filesIn = ({ state }: ImagesProcess, name: string): string[] =>
  readdirSync(join(state, name)).filter((entry) => entry !== 'empty');

/** Everything agrees, and the dead have left nothing but downloads that can be taken up again. */
async function expectClean(worker: ImagesProcess): Promise<void> {
  expect((await checkStore(worker, { verifyContent: true })).problems).toEqual([]);
  expect(filesIn(worker, 'ingest').filter((name) => !name.startsWith('part-'))).toEqual([]);
}

describeIf(['root', 'bsdtar', 'docker-registry'], 'kill -9 of the images worker', () => {
  it.each(operations)('at any moment of $name leaves a clean store, in which it can be repeated', async (operation) => {
    await using registry = await startRegistry();
    await pushImage(registry, 'app', '1', app);
    await pushImage(registry, 'sibling', '1', sibling);
    await using worker = await startImagesProcess();
    await operation.prepare(worker, registry);
    const started = performance.now();
    await operation.perform(worker, registry);
    const usual = performance.now() - started;
    for (let moment = 0; moment < times(1, 20); moment++) {
      await operation.prepare(worker, registry);
      // It may have ended by itself by then.
      const cut = operation.perform(worker, registry).catch(() => {});
      await sleep(randomInt(Math.ceil(usual * 1.1)));
      await worker.kill();
      await cut;
      await worker.start();
      await expectClean(worker);
      await operation.perform(worker, registry);
      await expectClean(worker);
    }
    await empty(worker);
    await expectClean(worker);
    for (const place of ['layers', 'l', 'oci/blobs/sha256']) expect(filesIn(worker, place)).toEqual([]);
  }, patience);
});
