import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hash } from 'node:crypto';
import { type ImageStore, openImageStore } from '../../../test/image-store.ts';
import { checkStore, type Finding } from '../../check/check.ts';
import { keptFor, pruneCache } from '../prune-cache.ts';
import { clearPacks, leaseOfPack } from './clear-packs.ts';
import { PackDraft } from './pack-draft.ts';
import { Packs } from './packs.ts';
import { packLimits, trimPacks } from './trim-packs.ts';

const digestOf = (content: string): string => hash('sha256', content);

async function* once(content: string): AsyncGenerator<Buffer> {
  yield Buffer.from(content);
}

describe('packs of contents', () => {
  let images: ImageStore;
  let packs: Packs;

  beforeEach(() => {
    images = openImageStore();
    packs = new Packs(images.engine, packLimits());
  });

  afterEach(async () => {
    expect(readdirSync(images.engine.layout.ingest)).toEqual([]);
    await images[Symbol.asyncDispose]();
  });

  /** Makes a pack, which was used at that time; its id. */
  async function keep(contents: readonly string[], usedAt = Date.now()): Promise<string> {
    const { records, content } = images.engine;
    const before = new Set(ids());
    await using draft = await PackDraft.open(content);
    for (const text of contents) await draft.add(text.length, once(text));
    await packs.keep(draft);
    const id = ids().find((other) => !before.has(other)) ?? '';
    records.packs.update(id, (pack) => ({ ...pack, usedAt }));
    return id;
  }

  const ids = (): string[] => images.engine.records.packs.all().map(({ id }) => id);
  const files = (): string[] => readdirSync(images.engine.layout.contexts).sort();

  async function has(...contents: string[]): Promise<boolean[]> {
    await using open = await packs.open();
    return contents.map((text) => {
      const key = Buffer.from(digestOf(text), 'hex');
      return open.packs.some(({ index, file }) => {
        const place = index.find(key);
        if (!place) return false;
        const bytes = readFileSync(`/proc/self/fd/${file.fd}`).subarray(place.offset, place.offset + place.size);
        return bytes.toString() === text;
      });
    });
  }

  async function problems(): Promise<string[]> {
    const found: Finding[] = await Array.fromAsync(checkStore(images.engine, { verifyContent: true }, new AbortController().signal));
    return found.flatMap((finding) => ('problem' in finding && finding.problem.object.startsWith('contexts/') ? [finding.problem.problem] : []));
  }

  it('find every content that was kept, and no other', async () => {
    const contents = Array.from({ length: 300 }, (_, i) => `content ${i}`);
    await keep(contents);
    await keep(['another']);
    expect((await has(...contents, 'another')).every(Boolean)).toBe(true);
    expect(await has('content', 'content 300')).toEqual([false, false]);
    expect(await problems()).toEqual([]);
  });

  it('go in the order of their last use, when there are too many bytes, contents or packs', async () => {
    const use = async (): Promise<string[]> => [await keep(['old', 'older'], 1), await keep(['middle'], 2), await keep(['new'], 3)];
    const [, middle = '', last = ''] = await use();
    await trimPacks(images.engine, { ...packLimits(), bytes: 9 });
    expect(ids()).toEqual([middle, last]);
    expect(files()).toEqual([middle, last].sort());
    packs.noteUse([middle]);
    await trimPacks(images.engine, { ...packLimits(), packs: 1 });
    expect(ids()).toEqual([middle]);
    const many = await use();
    await trimPacks(images.engine, { ...packLimits(), contents: 2 });
    expect(ids()).toEqual([middle, many[2]]);
  });

  it('are not made of more than may be kept', async () => {
    packs = new Packs(images.engine, { bytes: 10, contents: 2, packs: 2 });
    await keep(['12345678901']);
    await keep(['1', '2', '3']);
    expect(files()).toEqual([]);
    await keep(['1', '2']);
    expect(await has('1', '2')).toEqual([true, true]);
    await keep(['123456789']);
    expect(await has('1', '123456789')).toEqual([false, true]);
  });

  it('leave nothing when they cannot be recorded', async () => {
    jest.spyOn(images.engine.records.packs, 'put').mockImplementation(() => {
      throw new Error('disk full');
    });
    await expect(keep(['content'])).rejects.toThrow('disk full');
    expect(files()).toEqual([]);
  });

  it('are forgotten when they are broken', async () => {
    const { layout } = images.engine;
    const shapes: ((path: string) => void)[] = [
      (path) => truncateSync(path, 20),
      (path) => truncateSync(path, readFileSync(path).length - 1),
      (path) => writeFileSync(path, readFileSync(path).fill(0, 10, 20)),
      (path) => writeFileSync(path, readFileSync(path).fill(0xff, 10 + 48, 10 + 64)),
      (path) => writeFileSync(path, ''),
    ];
    for (const damage of shapes) {
      const id = await keep(['0123456789']);
      damage(layout.pack(id));
      expect(await problems()).toEqual(['the pack is not whole']);
      expect(await has('0123456789')).toEqual([false]);
      expect([ids(), files()]).toEqual([[], []]);
    }
    const id = await keep(['0123456789']);
    writeFileSync(layout.pack(id), readFileSync(layout.pack(id)).fill('x', 3, 4));
    expect(await problems()).toEqual([`what it holds as ${digestOf('0123456789')} is something else`]);
  });

  it('come into agreement with their records, but not while one is made', async () => {
    const { layout, store } = images.engine;
    const [kept, lost] = [await keep(['kept']), await keep(['lost'])];
    rmSync(layout.pack(lost));
    for (const name of ['dead', 'alive']) writeFileSync(join(layout.contexts, name), '');
    const lease = store.leases.tryHold(leaseOfPack('alive'));
    expect(await has('kept', 'lost')).toEqual([true, false]);
    expect((await problems()).sort()).toEqual(['the pack is missing', 'the pack is not recorded']);
    await clearPacks(images.engine);
    expect([ids(), files()]).toEqual([[kept], ['alive', kept].sort()]);
    lease?.[Symbol.dispose]();
    await clearPacks(images.engine);
    expect(files()).toEqual([kept]);
    expect(await problems()).toEqual([]);
  });

  it('go with the rest of the cache: all of them, or those that were not used for a week', async () => {
    const { layout } = images.engine;
    const pruned = async (request: { all: boolean; dryRun: boolean }) => (await pruneCache(images.engine, request)).map(({ id, size }) => [id, size]);
    const old = await keep(['old'], Date.now() - keptFor - 1000);
    const young = await keep(['young']);
    expect(await pruned({ all: false, dryRun: true })).toEqual([[old, 4096]]);
    expect(existsSync(layout.pack(old))).toBe(true);
    expect(await pruned({ all: false, dryRun: false })).toEqual([[old, 4096]]);
    await using open = await packs.open();
    expect(await pruned({ all: true, dryRun: false })).toEqual([[young, 4096]]);
    expect(files()).toEqual([]);
    // Who reads one reads on.
    expect(readFileSync(`/proc/self/fd/${open.packs[0]?.file.fd}`).subarray(0, 5).toString()).toBe('young');
  });
});
