import { randomInt } from 'node:crypto';
import { describeIf } from '@arcbox/testing';
import { patience, times } from '../../../tests/e2e/long.ts';
import { importArchive, ociArchive } from './archives.ts';
import { checkStore } from './check.ts';
import { containerdClients, onWire, outcomeOf } from './containerd.ts';
import { leftovers, presenceOf } from './containerd-engine.ts';
import { startEngine } from './engine.ts';
import { describeBlob, makeImage, type TestImage } from './test-image.ts';

/** What may come of an operation while others change what it works on. */
const ordinary = ['NOT_FOUND', 'ALREADY_EXISTS', 'FAILED_PRECONDITION'];

async function tolerating(work: Promise<unknown>): Promise<void> {
  const outcome = await outcomeOf(work);
  if (typeof outcome === 'string') expect(ordinary).toContain(outcome);
}

const one = <T>(list: readonly T[]): T => list[randomInt(list.length)] as T;

describeIf(['root', 'bsdtar'], "containerd's names and leases among pulls and removals", () => {
  it('keep content that was whole when they took hold of it, and leave nothing', async () => {
    await using engine = await startEngine();
    const replicas = [engine, await engine.start('1')];
    using stack = new DisposableStack();
    const clients = ['0', '1'].map((replica) => stack.use(containerdClients(engine.root.paths.workerSocket(`images-${replica}`))));
    const layers = ['a', 'b', 'c'].map((text) => [{ name: 'file', content: text.repeat(40_000) }]);
    const images = [[0, 1], [0, 2], [1, 2]].map((indexes) => makeImage({ layers: indexes.map((index) => layers[index] ?? []) }));
    const archives = images.map((image, number) => ociArchive(image, { 'io.containerd.image.name': `docker.io/library/app:${number}` }));
    const targets = images.map(({ manifest }) => onWire(describeBlob(manifest)));
    const names = ['docker.io/library/app:0', 'docker.io/library/app:1', 'docker.io/library/app:2', 'docker.io/library/new:1', 'A Name'];
    let holds = 0;

    /** A lease or a name takes hold of an image; what is here then stays until it ends. */
    const hold = async (): Promise<void> => {
      const [{ leases, images: service }, last, id] = [one(clients), one(clients), `Hold ${holds++}`];
      const number = randomInt(images.length);
      const image = images[number] as TestImage;
      const byName = randomInt(2) === 0;
      if (byName) await service.create({ image: { name: id, target: targets[number] } });
      else await leases.create({ id });
      if (!byName) await leases.addResource({ id, resource: { id: image.manifest.digest, type: 'content' } });
      const before = presenceOf(engine, image);
      await tolerating(one(operations)());
      if (before === 'whole') expect(presenceOf(engine, image)).toBe('whole');
      if (byName) await last.images.delete({ name: id, sync: true });
      else await last.leases.delete({ id, sync: true });
    };
    const operations: (() => Promise<unknown>)[] = [
      () => importArchive(one(replicas), one(archives)),
      () => importArchive(one(replicas), one(archives)),
      () => one(clients).images.create({ image: { name: one(names), target: one(targets) } }),
      () => one(clients).images.create({ image: { name: one(names), target: one(targets), labels: { a: 'b' } } }),
      () => one(clients).images.update({ image: { name: one(names), target: one(targets) }, updateMask: ['target'] }),
      () => one(clients).images.delete({ name: one(names), sync: true }),
      () => one(clients).images.delete({ name: one(names) }),
      () => one(replicas).images.remove({ id: one(images).id, force: true, pruneParents: true }),
      () => one(replicas).images.remove({ id: one(['app:0', 'app:1', 'new:1']), force: true }),
      () => one(replicas).images.tag({ source: one(images).id, repo: 'new', tag: '1' }),
      async () => expect((await checkStore(one(replicas))).problems).toEqual([]),
    ];
    const player = async (): Promise<void> => {
      for (let round = 0; round < times(10, 400); round++) await tolerating(one([...operations, hold, hold, hold])());
    };
    await Promise.all(Array.from({ length: 4 }, player));

    expect((await checkStore(engine)).problems).toEqual([]);
    for (const { name } of (await clients[0]?.images.list({}))?.images ?? []) await clients[0]?.images.delete({ name, sync: true });
    for (const { id } of (await engine.images.list({ all: true })).images) await engine.images.remove({ id, force: true });
    for (const { id } of (await clients[0]?.leases.list({}))?.leases ?? []) await clients[0]?.leases.delete({ id, sync: true });
    expect((await checkStore(engine)).problems).toEqual([]);
    expect(leftovers(engine)).toEqual([]);
  }, patience);
});
