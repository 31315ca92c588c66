import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '@arcbox/store';
import { describeIf } from '@arcbox/testing';
import { importArchive, ociArchive } from './archives.ts';
import { checkStore } from './check.ts';
import { type Engine, startEngine } from './engine.ts';
import { makeImage, type TestImage } from './test-image.ts';

/** A store with one image of two layers, `app`, and a root made from it. */
async function withImage(engine: Engine): Promise<TestImage> {
  const image = makeImage({ layers: [[{ name: 'a', content: 'x'.repeat(1_000) }], [{ name: 'b' }]] });
  await importArchive(engine, ociArchive(image), { reference: 'app' });
  await engine.roots.prepare({ path: join(engine.root.path, 'rootfs'), name: 'app' });
  return image;
}

const hex = (digest: string | undefined): string => String(digest).slice(7);

describeIf(['root', 'bsdtar'], 'check', () => {
  it('counts what is there and finds nothing wrong', async () => {
    await using engine = await startEngine();
    const image = await withImage(engine);
    const { problems, summary } = await checkStore(engine);
    expect(problems).toEqual([]);
    const sizes = [image.manifest, image.config, ...image.layers].map(({ content }) => content.length);
    expect(summary).toEqual({
      ...{ names: 2, images: 1, blobs: 4, layers: 2, roots: 1, problems: 0 },
      blobBytes: BigInt(sizes.reduce((sum, size) => sum + size, 0)),
    });
    await engine.roots.cleanup({ path: join(engine.root.path, 'rootfs') });
    await engine.images.remove({ id: 'app' });
    expect((await checkStore(engine)).summary).toMatchObject({ names: 0, blobs: 0, layers: 0, roots: 0, problems: 0 });
  });

  it.each<[string, (state: string, image: TestImage) => void, (image: TestImage) => [string, string][]]>([
    [
      'a layer blob that is gone',
      (state, image) => rmSync(join(state, 'oci/blobs/sha256', hex(image.layers[0]?.digest))),
      ({ id, diffIds, layers }) => [
        [id, `layer ${layers[0]?.digest} is missing`],
        [String(diffIds[0]), `blob ${layers[0]?.digest} is missing`],
      ],
    ],
    [
      'a blob that is cut off',
      (state, image) => writeFileSync(join(state, 'oci/blobs/sha256', hex(image.layers[1]?.digest)), 'short'),
      ({ id, layers }) => [[id, `layer ${layers[1]?.digest} has 5 bytes instead of ${layers[1]?.content.length}`]],
    ],
    [
      'a damaged configuration',
      (state, image) => writeFileSync(join(state, 'oci/blobs/sha256', hex(image.id)), '{}'),
      ({ id }) => [[id, 'configuration does not match its digest']],
    ],
    [
      'a missing manifest',
      (state, image) => rmSync(join(state, 'oci/blobs/sha256', hex(image.manifest.digest))),
      ({ id, manifest }) => [
        ['docker.io/library/app:latest', `${manifest.digest} is missing`],
        [`docker.io/library/app@${manifest.digest}`, `${manifest.digest} is missing`],
        [id, `manifest ${manifest.digest} is missing`],
      ],
    ],
    [
      'a layer without its directory',
      (state, image) => renameSync(join(state, 'layers', hex(image.diffIds[0])), join(state, 'layers', 'f'.repeat(64))),
      ({ diffIds }) => [
        [String(diffIds[0]), 'the directory of the layer is missing'],
        [`layers/${'f'.repeat(64)}`, 'the layer is not recorded'],
      ],
    ],
    [
      'a link that leads elsewhere',
      (state) => {
        rmSync(join(state, 'l/1'));
        symlinkSync('/etc', join(state, 'l/1'));
      },
      ({ diffIds }) => [
        [String(diffIds[0]), 'l/1 is no link to the layer'],
        ['l/1', 'no layer has this link'],
      ],
    ],
    [
      'a root without its writable part',
      (state) => rmSync(join(state, 'roots', String(readdirSync(join(state, 'roots'))[0]), 'upper'), { recursive: true }),
      () => [['rootfs', 'of the root is missing']],
    ],
    [
      'an index that is not up to date',
      (state) => writeFileSync(join(state, 'oci/index.json'), '{"schemaVersion":2,"manifests":[{"digest":"sha256:0"}]}'),
      () => [['oci/index.json', 'does not list what is recorded: 1 entries are missing, 1 should not be there: {"']],
    ],
    ['an index that is none', (state) => writeFileSync(join(state, 'oci/index.json'), '{}'), () => [['oci/index.json', 'is not an image index']]],
    [
      'files that nothing refers to',
      (state) => {
        writeFileSync(join(state, 'oci/blobs/sha256', 'f'.repeat(64)), 'x');
        mkdirSync(join(state, 'roots/abandoned'));
        utimesSync(join(state, 'roots/abandoned'), 1, 1);
        writeFileSync(join(state, 'ingest/1.1-left'), 'x');
        utimesSync(join(state, 'ingest/1.1-left'), 1, 1);
        writeFileSync(join(state, 'ingest/1.1-new'), 'x');
      },
      () => [
        [`oci/blobs/sha256/${'f'.repeat(64)}`, 'nothing refers to the blob'],
        ['roots/abandoned', 'the root is not recorded'],
        ['ingest/1.1-left', 'the work it was part of has ended'],
      ],
    ],
  ])('tells of %s', async (_, damage, expected) => {
    await using engine = await startEngine();
    const image = await withImage(engine);
    damage(engine.state, image);
    const { problems, summary } = await checkStore(engine, { verifyContent: false });
    const found = problems.map(({ object, problem }) => [object, problem]);
    const wanted = expected(image);
    expect(found).toHaveLength(wanted.length);
    for (const [index, [object, problem]] of wanted.entries()) {
      expect(found[index]?.[0]).toContain(object);
      expect(found[index]?.[1]).toContain(problem);
    }
    expect(summary?.problems).toBe(wanted.length);
  });

  it('tells of records that contradict each other', async () => {
    await using engine = await startEngine();
    const image = await withImage(engine);
    using store = openStore(join(engine.state, 'state.db'));
    store.db.prepare('DELETE FROM c_layers WHERE id = ?').run(image.diffIds[0] ?? '');
    const { problems } = await checkStore(engine);
    expect(problems.map(({ object, problem }) => `${object} ${problem}`)).toEqual([
      `${image.id} layer ${image.diffIds[0]} is not recorded`,
      `${join(engine.root.path, 'rootfs')} layer ${image.diffIds[0]} of the root is not recorded`,
      `layers/${hex(image.diffIds[0])} the layer is not recorded`,
      'l/1 no layer has this link',
    ]);
  });

  it('reads the content when asked to', async () => {
    await using engine = await startEngine();
    const image = await withImage(engine);
    const path = join(engine.state, 'oci/blobs/sha256', hex(image.layers[0]?.digest));
    writeFileSync(path, readFileSync(path).reverse());
    expect((await checkStore(engine, { verifyContent: false })).problems).toEqual([]);
    expect((await checkStore(engine, { verifyContent: true })).problems).toMatchObject([
      { object: image.layers[0]?.digest, problem: expect.stringMatching(/^the content does not match the digest: it is sha256:/) as string },
    ]);
  });
});
