import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeIf } from '@arcbox/testing';
import { importArchive, ociArchive } from './archives.ts';
import { checkStore } from './check.ts';
import { type Engine, mountRoot, startEngine } from './engine.ts';
import { makeImage } from './test-image.ts';

const layersIn = ({ state }: Engine): string[] => readdirSync(join(state, 'layers')).filter((name) => name !== 'empty');

/** An image with one file more than `base`, which becomes its parent; untagged. Returns its id. */
async function extend(engine: Engine, base: string, file: string): Promise<string> {
  const path = join(engine.root.path, file);
  mkdirSync(path);
  await using _root = await mountRoot(engine, path, base);
  writeFileSync(join(path, file), file);
  const { name } = await engine.roots.commit({ path });
  return (await engine.images.inspect({ id: name })).id;
}

async function listed({ images }: Engine, all: boolean): Promise<string[]> {
  return (await images.list({ all })).images.map(({ id }) => id).sort();
}

describeIf(['root', 'overlay', 'bsdtar'], 'images that others were made from', () => {
  let engine: Engine;
  let [base, middle, top] = ['', '', ''];
  beforeEach(async () => {
    engine = await startEngine();
    const [loaded] = await importArchive(engine, ociArchive(makeImage({ layers: [[{ name: 'a' }]] })), { reference: 'base' });
    base = loaded?.id ?? '';
    middle = await extend(engine, base, 'middle');
    top = await extend(engine, middle, 'top');
    await engine.images.tag({ source: top, repo: 'top', tag: '1' });
  });
  afterEach(async () => {
    expect((await checkStore(engine)).problems).toEqual([]);
    await engine[Symbol.asyncDispose]();
  });

  it('are listed with all the others only when that is asked for', async () => {
    expect(await listed(engine, false)).toEqual([base, top].sort());
    expect(await listed(engine, true)).toEqual([base, middle, top].sort());
    expect((await engine.images.inspect({ id: top })).parent).toBe(middle);
    // Without its child it is intermediate no more.
    await engine.images.remove({ id: 'top:1' });
    expect(await listed(engine, false)).toEqual([base, middle].sort());
  });

  it('stay when their child is removed, unless they are to be pruned', async () => {
    const { deleted } = await engine.images.remove({ id: 'top:1' });
    expect(deleted).toEqual([top, expect.stringMatching(/^sha256:/)]);
    expect(layersIn(engine)).toHaveLength(2);
  });

  it('go with their last child when they are to be pruned, up to the first that has a name', async () => {
    const { deleted, untagged } = await engine.images.remove({ id: 'top:1', pruneParents: true });
    expect(untagged).toEqual(['top:1']);
    expect(deleted.filter((id) => [base, middle, top].includes(id))).toEqual([top, middle]);
    expect(deleted).toHaveLength(4);
    expect(await listed(engine, true)).toEqual([base]);
    expect(layersIn(engine)).toHaveLength(1);
  });

  it('stay for another child, and for a container, also when they are to be pruned', async () => {
    const sibling = await extend(engine, middle, 'sibling');
    await engine.images.remove({ id: 'top:1', pruneParents: true });
    expect(await listed(engine, true)).toEqual([base, middle, sibling].sort());
    const path = join(engine.root.path, 'container');
    mkdirSync(path);
    {
      await using _root = await mountRoot(engine, path, middle);
      await engine.images.remove({ id: sibling, pruneParents: true });
      expect(await listed(engine, true)).toEqual([base, middle].sort());
    }
    await engine.images.remove({ id: middle, pruneParents: true });
    expect(await listed(engine, true)).toEqual([base]);
  });
});
