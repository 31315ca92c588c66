import { randomInt } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeIf, startRegistry } from '@arcbox/testing';
import { type ClientError, Status } from 'nice-grpc';
import { patience, times } from '../../../tests/e2e/long.ts';
import { digestOf } from '../src/image/digest.ts';
import { filesOf, importArchive, ociArchive, saveArchive } from './archives.ts';
import { checkStore } from './check.ts';
import { type Engine, pull, type Replica, startEngine } from './engine.ts';
import { pushImage } from './push.ts';
import { makeImage } from './test-image.ts';

/** What may come of an operation while others remove what it works on; everything else is a fault. */
async function tolerating(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    const { code } = error as ClientError;
    if (code !== Status.NOT_FOUND && code !== Status.FAILED_PRECONDITION) throw error;
  });
}

const one = <T>(list: readonly T[]): T => list[randomInt(list.length)] as T;

/** The lower directories of a root, while it is prepared. */
async function prepare({ roots }: Replica, path: string, name: string): Promise<void> {
  const { layers } = await roots.prepare({ path, name });
  try {
    await new Promise((resolve) => setTimeout(resolve, randomInt(30)));
    const lower = /lowerdir=([^,]*)/.exec(layers[0]?.options.join(',') ?? '')?.[1]?.split(':') ?? [];
    for (const directory of lower) expect(existsSync(join(directory, 'file'))).toBe(true);
  } finally {
    await roots.cleanup({ path });
  }
}

async function save(replica: Replica, name: string): Promise<void> {
  const files = filesOf(await saveArchive(replica, [name]));
  for (const [file, content] of files)
    if (file.startsWith('blobs/')) expect(digestOf(content)).toBe(file.slice('blobs/'.length).replace('/', ':'));
}

const filesIn = ({ state }: Engine, name: string): string[] => readdirSync(join(state, name)).filter((entry) => entry !== 'empty');

describeIf(['root', 'bsdtar', 'docker-registry'], 'images with the same layers that come and go', () => {
  it('are whole or not there, whichever replica is asked, and leave nothing', async () => {
    await using registry = await startRegistry();
    await using engine = await startEngine();
    const replicas = [engine, await engine.start('1')];
    const layers = ['a', 'b', 'c', 'd'].map((text) => [{ name: 'file', content: text.repeat(40_000) }]);
    const images = [[0, 1], [0, 2], [0, 1, 3], [2, 3]].map((indexes, number) =>
      makeImage({ layers: indexes.map((index) => layers[index] ?? []), config: { Labels: { number: String(number) } } }),
    );
    const names = images.map((_, number) => `${registry.host}/app:${number}`);
    for (const [number, image] of images.entries()) await pushImage(registry, 'app', String(number), image);
    const archives = images.map((image) => ociArchive(image, { 'io.containerd.image.name': 'docker.io/library/loaded:1' }));
    let path = 0;
    const operations: ((replica: Replica) => Promise<unknown>)[] = [
      (replica) => pull(replica, one(names)),
      (replica) => pull(replica, one(names)),
      (replica) => pull(replica, one(names)),
      (replica) => importArchive(replica, one(archives)),
      ({ images: service }) => service.remove({ id: one(names) }),
      ({ images: service }) => service.remove({ id: one([...names, 'loaded:1', 'tagged:1']), force: true }),
      ({ images: service }) => service.remove({ id: one(images).id, force: true, pruneParents: true }),
      ({ images: service }) => service.tag({ source: one(names), repo: 'tagged', tag: '1' }),
      (replica) => prepare(replica, join(engine.root.path, `rootfs${path++}`), one(names)),
      (replica) => save(replica, one(names)),
      async (replica) => {
        const stop = new AbortController();
        setTimeout(() => stop.abort(), randomInt(100));
        await pull(replica, one(names), { signal: stop.signal }).catch(() => {});
      },
      async (replica) => expect((await checkStore(replica)).problems).toEqual([]),
    ];
    const player = async (): Promise<void> => {
      for (let round = 0; round < times(12, 500); round++) await tolerating(one(operations)(one(replicas)));
    };
    await Promise.all(Array.from({ length: 5 }, player));
    expect((await checkStore(engine)).problems).toEqual([]);
    for (const name of names) await pull(one(replicas), name);
    for (const [number, name] of names.entries()) await prepare(engine, join(engine.root.path, `last${number}`), name);
    for (const { id } of (await engine.images.list({ all: true })).images) await engine.images.remove({ id, force: true });
    expect((await checkStore(engine)).problems).toEqual([]);
    for (const place of ['layers', 'l', 'roots', 'oci/blobs/sha256']) expect(filesIn(engine, place)).toEqual([]);
    expect(filesIn(engine, 'ingest').filter((name) => !name.startsWith('part-'))).toEqual([]);
  }, patience);
});
