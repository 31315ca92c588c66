import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePruneFilters } from '@arcbox/filters';
import { parseReference } from '@arcbox/reference';
import { describeIf } from '@arcbox/testing';
import { cacheParts } from '../src/build/cache-parts.ts';
import { pruneCache } from '../src/build/prune-cache.ts';
import { StepCache } from '../src/build/step-cache.ts';
import { type CapturedLayer, captureLayer } from '../src/capture/capture-layer.ts';
import { type ImageVerdict, pruneImages, type PruneWish } from '../src/catalogue/prune.ts';
import { removeImage } from '../src/catalogue/remove.ts';
import { storeUsage } from '../src/catalogue/usage.ts';
import { checkStore } from '../src/check/check.ts';
import { cleanupRoot, prepareRoot } from '../src/roots/prepare.ts';
import { makeImage } from '../src/roots/make-image.ts';
import { markLayout } from '../src/store/oci-layout.ts';
import { Pin } from '../src/store/pins.ts';
import type { ImageRecord } from '../src/store/records.ts';
import { startEngine } from './engine.ts';
import { type ImageStore, openImageStore } from './image-store.ts';

const never = new AbortController().signal;

interface Recipe {
  readonly base?: ImageRecord;
  readonly layers?: readonly string[];
  readonly names?: readonly string[];
  readonly parent?: ImageRecord;
  readonly labels?: Record<string, string>;
  /** RFC 3339. */
  readonly created?: string;
}

/** Images of layers that hold as many KiB as their names say: `300 a`. */
async function maker(store: ImageStore): Promise<{ make(recipe: Recipe): Promise<ImageRecord>; layer(name: string): Promise<CapturedLayer> }> {
  markLayout(store.engine.layout);
  const layers = new Map<string, Promise<CapturedLayer>>();
  const capture = async (name: string, pin: Pin): Promise<CapturedLayer> => {
    const content = randomBytes(Number.parseInt(name, 10) * 1024);
    const root = await store.write([], (path) => writeFileSync(join(path, name), content));
    const captured = await captureLayer(store.engine, root, { take: true, pin, clampTime: 1_700_000_000 }, never);
    if (!captured) throw new Error('nothing was captured');
    return captured;
  };
  const layer = (name: string, pin: Pin): Promise<CapturedLayer> => {
    const known = layers.get(name) ?? capture(name, pin);
    layers.set(name, known);
    return known;
  };
  const held = Pin.hold(store.engine.store, store.engine.records);
  return {
    layer: (name) => layer(name, held),
    async make({ base, layers: names = [], names: tags = [], parent, labels = {}, created = '2024-05-01T10:00:00Z' }) {
      using pin = Pin.hold(store.engine.store, store.engine.records);
      const own: CapturedLayer[] = [];
      for (const name of names) own.push(await layer(name, pin));
      const config = { created, architecture: 'amd64', os: 'linux', config: { Labels: labels } };
      return await makeImage(store.engine, { config, base, layers: own, names: tags.map((name) => parseReference(name)), pin, parent: parent?.id }, never);
    },
  };
}

const wish = (more: Partial<PruneWish> & { filters?: Record<string, string> } = {}): PruneWish => {
  const { filters = {}, ...rest } = more;
  return { all: false, dryRun: false, goneContainers: new Set(), goneCache: [], ...parsePruneFilters(filters, Date.now()), ...rest };
};

/** What the images have on the disk, as du(1) sees it. */
function onDisk({ engine: { layout } }: ImageStore, ...places: ('blobs' | 'layers')[]): number {
  const paths = (places.length > 0 ? places : (['blobs', 'layers'] as const)).map((name) => layout[name]).flatMap((place) => readdirSync(place).map((name) => join(place, name)));
  const counted = paths.filter((path) => path !== layout.emptyLayer);
  if (counted.length === 0) return 0;
  const output = execFileSync('du', ['-sxB1', '--', ...counted], { encoding: 'utf8' });
  return output.split('\n').filter(Boolean).reduce((sum, line) => sum + Number.parseInt(line, 10), 0);
}

const going = (verdicts: readonly ImageVerdict[]) => verdicts.filter(({ removed }) => removed);
const bytesOf = (verdicts: readonly ImageVerdict[]): number => going(verdicts).reduce((sum, { bytes }) => sum + bytes, 0);
/** Of each image why it stays, or that it goes. */
const fates = (verdicts: readonly ImageVerdict[]): Record<string, string> =>
  Object.fromEntries(verdicts.map(({ name, id, removed, reason, usedBy }) => [name || id, removed ? 'goes' : reason || `used by ${usedBy.join()}`]));

async function problems({ engine }: ImageStore): Promise<unknown[]> {
  return (await Array.fromAsync(checkStore(engine, { verifyContent: false }, never))).filter((finding) => 'problem' in finding);
}

describeIf(['root', 'overlay', 'bsdtar'], 'a prune of images', () => {
  it('does what it announces, to the byte, and every byte of it comes back', async () => {
    await using store = openImageStore();
    const { make } = await maker(store);
    const base = await make({ layers: ['300 base'] });
    const middle = await make({ base, layers: ['40 middle'], parent: base });
    const app = await make({ base: middle, layers: ['20 app'], parent: middle, names: ['app:1', 'app:latest'] });
    const [one, two] = [await make({ layers: ['500 shared', '30 one'] }), await make({ layers: ['500 shared', '60 two'] })];
    const used = await make({ layers: ['70 used', '10 one more'], names: ['used:1'] });
    const container = 'c'.repeat(64);
    await prepareRoot(store.engine, join(store.path, container, 'rootfs'), used.id, never);

    for (const all of [false, true]) {
      const before = onDisk(store);
      const plan = await pruneImages(store.engine, wish({ all, dryRun: true }), never);
      expect(onDisk(store)).toBe(before);
      expect(store.engine.records.images.count()).toBe(plan.length);
      const done = await pruneImages(store.engine, wish({ all }), never);
      expect(going(done)).toEqual(going(plan));
      expect(fates(done)).toEqual(fates(plan));
      expect(before - onDisk(store)).toBe(bytesOf(plan));
      expect(fates(done)).toEqual(
        all
          ? { 'app:1': 'goes', [middle.id]: 'goes', [base.id]: 'goes', 'used:1': `used by ${container}` }
          : {
              [one.id]: 'goes',
              [two.id]: 'goes',
              'app:1': 'has a name, needs --all',
              [middle.id]: 'parent of image app:1',
              [base.id]: `parent of image ${middle.id.slice(7, 19)}`,
              'used:1': `used by ${container}`,
            },
      );
    }
    expect(store.engine.records.images.all().map(({ id }) => id)).toEqual([used.id]);
    expect(app.diffIds).toHaveLength(3);
    expect(await problems(store)).toEqual([]);
    await cleanupRoot(store.engine, join(store.path, container, 'rootfs'));
  });

  it('counts what two share for the last of them, and of what stays what it alone has', async () => {
    await using store = openImageStore();
    const { make } = await maker(store);
    const [one, two] = [await make({ layers: ['400 shared', '32 one'] }), await make({ layers: ['400 shared', '64 two'] })];
    const both = await pruneImages(store.engine, wish({ dryRun: true }), never);
    const sizes = both.map(({ bytes }) => Math.round(bytes / 2048));
    // Unpacked, and as a blob that random bytes keep as large; some pages for directories and documents.
    expect(sizes.map((size) => Math.round(size / 50))).toEqual([1, 10]);
    expect(both.at(-1)?.gone).toEqual([two.id, ...two.diffIds.toReversed()]);
    const kept = await pruneImages(store.engine, wish({ dryRun: true, filters: { until: '2020-01-01' } }), never);
    expect(kept.map(({ reason }) => reason)).toEqual(['younger than 2020-01-01', 'younger than 2020-01-01']);
    const [first, second] = kept.map(({ bytes }) => bytes);
    expect((second ?? 0) - (first ?? 0)).toBe(2 * 32 * 1024);
    expect(first).toBe(both[0]?.bytes);
    expect(one.id).not.toBe(two.id);
  });

  it('asks its filters, but not about the parents of what goes', async () => {
    await using store = openImageStore();
    const { make } = await maker(store);
    const base = await make({ layers: ['8 base'] });
    const child = await make({ base, layers: ['8 child'], parent: base, labels: { env: 'test' } });
    const other = await make({ layers: ['8 other'], labels: { env: 'test', keep: '' }, created: new Date().toISOString() });
    const plan = async (filters: Record<string, string>) => fates(await pruneImages(store.engine, wish({ dryRun: true, filters }), never));
    expect(await plan({ label: 'env=test', 'label!': 'keep' })).toEqual({ [base.id]: 'goes', [child.id]: 'goes', [other.id]: 'label keep' });
    expect(await plan({ label: 'env=prod' })).toMatchObject({ [base.id]: expect.stringMatching(/^parent of/), [child.id]: 'no label env=prod' });
    expect(await plan({ until: '24h' })).toEqual({ [base.id]: 'goes', [child.id]: 'goes', [other.id]: 'younger than 24h' });
  });

  it('leaves what a container, a root of somebody else or work in flight needs', async () => {
    await using store = openImageStore();
    const { make } = await maker(store);
    const [used, foreign, pinned] = [await make({ layers: ['8 a'] }), await make({ layers: ['8 b'] }), await make({ layers: ['8 c'] })];
    const [container, path] = ['d'.repeat(64), join(store.path, 'elsewhere')];
    await prepareRoot(store.engine, join(store.path, container, 'rootfs'), used.id, never);
    await prepareRoot(store.engine, path, foreign.id, never);
    const pin = Pin.hold(store.engine.store, store.engine.records);
    pin.add(pinned.id);
    const kept = {
      [used.id]: `used by ${container}`,
      [foreign.id]: `used by a root at ${path}`,
      [pinned.id]: 'leased by a build, a pull or a push in flight',
    };
    expect(fates(await pruneImages(store.engine, wish({ all: true }), never))).toEqual(kept);
    const without = await pruneImages(store.engine, wish({ dryRun: true, goneContainers: new Set([container]) }), never);
    expect(fates(without)).toEqual({ ...kept, [used.id]: 'goes' });
    pin[Symbol.dispose]();
    for (const root of [join(store.path, container, 'rootfs'), path]) await cleanupRoot(store.engine, root);
    const done = await pruneImages(store.engine, wish(), never);
    expect(fates(done)).toEqual({ [used.id]: 'goes', [foreign.id]: 'goes', [pinned.id]: 'goes' });
    // With the root of a container its layers go too.
    expect(bytesOf(without)).toBe(done.find(({ id }) => id === used.id)?.bytes);
    expect(onDisk(store)).toBe(0);
  });

  it('gives no bytes back for what the build cache keeps, until that goes', async () => {
    await using store = openImageStore();
    const { make, layer } = await maker(store);
    const image = await make({ layers: ['200 step', '50 own'] });
    const { blob, diffId, size } = await layer('200 step');
    const steps = new StepCache(store.engine);
    for (const id of ['a', 'b']) steps.keep({ id, name: `RUN ${id}`, layer: { blob, diffId, size }, createdAt: new Date().toISOString() });
    // The layers are nobody's work any more.
    for (const { id } of store.engine.records.pins.all()) store.engine.records.pins.delete(id);
    const usage = await storeUsage(store.engine);
    expect(usage.images[0]).toMatchObject({ image: { id: image.id }, size: onDisk(store) });
    expect(usage).toMatchObject({ total: onDisk(store), beside: 0, compressed: onDisk(store, 'blobs') });
    expect(usage.images[0]?.compressed).toBe(usage.compressed);
    expect(await cacheParts(store.engine)).toMatchObject([{ id: 'a', size: 0, shared: true, inUse: false }, { id: 'b', size: 0, shared: true }]);

    const before = onDisk(store);
    expect(bytesOf(await pruneImages(store.engine, wish({ dryRun: true, goneCache: ['a', 'b'] }), never))).toBe(before);
    const gone = await pruneImages(store.engine, wish(), never);
    expect(before - onDisk(store)).toBe(bytesOf(gone));
    expect(bytesOf(gone)).toBe(usage.images[0]?.unique);
    expect(usage.reclaimable).toBe(bytesOf(gone));
    const parts = await cacheParts(store.engine);
    expect(parts).toMatchObject([{ id: 'a', kind: 'step', name: 'RUN a', size: onDisk(store), shared: false }, { id: 'b', size: 0 }]);
    expect(await pruneCache(store.engine, { all: false, dryRun: false })).toEqual([]);
    expect(await pruneCache(store.engine, { all: true, dryRun: false, until: Date.now() - 3_600_000 })).toEqual([]);
    const plan = await pruneCache(store.engine, { all: true, dryRun: true });
    expect(plan).toEqual(parts);
    expect(await pruneCache(store.engine, { all: true, dryRun: false })).toEqual(plan);
    expect(onDisk(store)).toBe(0);
  });

  it('is told beside what no image has: layers of a removed one that a container uses, and what an interrupted pull has left', async () => {
    await using store = openImageStore();
    const { engine } = store;
    const { make } = await maker(store);
    const [kept, removed] = [await make({ layers: ['50 shared', '20 kept'], names: ['kept:1'] }), await make({ layers: ['50 shared', '100 own'], names: ['gone:1'] })];
    const path = join(store.path, 'e'.repeat(64), 'rootfs');
    await prepareRoot(engine, path, removed.id, never);
    for (const { id } of engine.records.pins.all()) engine.records.pins.delete(id);
    const whole = await storeUsage(engine);
    expect(whole).toMatchObject({ total: onDisk(store), beside: 0 });
    await removeImage(engine, { id: 'gone:1', force: true, pruneParents: false }, async () => new Set(), never);
    const partial = engine.content.partial(`sha256:${'f'.repeat(64)}`);
    writeFileSync(partial, randomBytes(30 * 1024));
    const left = await storeUsage(engine);
    const size = statSync(partial).blocks * 512;
    expect(left.images.map(({ image }) => image.id)).toEqual([kept.id]);
    expect(left).toMatchObject({ total: onDisk(store) + size, compressed: onDisk(store, 'blobs') + size });
    expect(left.beside).toBe(left.total - (left.images[0]?.size ?? 0));
    expect(left.beside - size).toBeGreaterThan(100 * 1024);
    expect(left.images[0]?.unique).toBe(left.reclaimable);
    rmSync(partial);
    await cleanupRoot(engine, path);
    expect(await storeUsage(engine)).toMatchObject({ total: onDisk(store), beside: 0, images: [{ size: onDisk(store), unique: onDisk(store) }] });
  });

  it('gives back to the file system what it says', async () => {
    await using engine = await startEngine({ diskSize: 64 * 2 ** 20 });
    const { imageStore } = engine;
    const free = (): number => {
      const { bavail, bsize } = statfsSync(engine.state);
      return bavail * bsize;
    };
    const tree = join(engine.root.path, 'tree');
    execFileSync('mkdir', [tree]);
    writeFileSync(join(tree, 'file'), randomBytes(6 * 2 ** 20));
    const data = execFileSync('tar', ['-C', tree, '-c', '.'], { maxBuffer: 2 ** 24 });
    const upload = async function* (reference: string) {
      for (let at = 0; at < data.length; at += 2 ** 20) yield { reference, data: data.subarray(at, at + 2 ** 20) };
      yield { eof: true };
    };
    await imageStore.importFilesystem(upload('mine:1'));
    const { images, totalSize, reclaimable } = await imageStore.getImageUsage({});
    expect(images).toMatchObject([{ names: ['mine:1'], containers: 0, shared: 0n, unique: totalSize, size: totalSize }]);
    expect(reclaimable).toBe(totalSize);
    const before = free();
    const { spaceReclaimed, verdicts } = await imageStore.pruneImages({ all: true });
    expect(verdicts).toMatchObject([{ name: 'mine:1', removed: true, gone: expect.arrayContaining(['mine:1']), size: spaceReclaimed }]);
    // Beside it only the database writes.
    expect(Math.abs(free() - before - Number(spaceReclaimed))).toBeLessThan(512 * 1024);
    expect(spaceReclaimed).toBeGreaterThan(12n << 20n);
    await expect(imageStore.pruneImages({ goneContainers: ['x'] })).rejects.toMatchObject({ details: 'gone_containers is for a dry run' });
    await expect(imageStore.pruneImages({ filters: { color: 'red' } })).rejects.toMatchObject({ details: 'unknown prune filter: color' });
  });
});
