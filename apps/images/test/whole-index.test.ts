import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Collection } from '@arcbox/store';
import { describeIf, startRegistry } from '@arcbox/testing';
import { hexOf } from '../src/image/digest.ts';
import { MediaType } from '../src/image/manifest.ts';
import { hostPlatform } from '../src/image/platform.ts';
import { filesOf, importArchive, layoutArchive, ociArchive, saveArchive } from './archives.ts';
import { checkStore } from './check.ts';
import { type Engine, pull, push, startEngine } from './engine.ts';
import { pushImage, pushManifest } from './push.ts';
import { type Blob, blob, describeBlob, json, makeImage, makeIndex } from './test-image.ts';

const other = { os: 'linux', architecture: 's390x', variant: '' };
const shared = [{ name: 'shared' }];
const mine = makeImage({ layers: [shared, [{ name: 'mine' }]] });
const theirs = makeImage({ layers: [shared, [{ name: 'theirs' }]], platform: other });
const statement = blob('application/vnd.in-toto+json', Buffer.from('{"_type":"statement"}'));
const attestation = json(MediaType.manifest, {
  schemaVersion: 2,
  mediaType: MediaType.manifest,
  config: describeBlob(mine.config),
  layers: [describeBlob(statement)],
});
const middle = makeIndex([[mine, hostPlatform()], [theirs, other]], [{ ...describeBlob(attestation), platform: { os: 'unknown', architecture: 'unknown' } }]);
const nested = json(MediaType.index, { schemaVersion: 2, mediaType: MediaType.index, manifests: [describeBlob(middle)] });
const everything = [nested, middle, attestation, statement, ...[mine, theirs].flatMap(({ manifest, config, layers }) => [manifest, config, ...layers])];

const archive = layoutArchive([mine, theirs], [{ target: nested, name: 'docker.io/library/app:1' }], [nested, middle, attestation, statement]);

const blobsIn = ({ state }: Engine): string[] => readdirSync(join(state, 'oci/blobs/sha256')).sort();
const hexesOf = (blobs: readonly Blob[]): string[] => [...new Set(blobs.map(({ digest }) => hexOf(digest)))].sort();

/** A worker that starts looks for garbage. */
async function sweep(engine: Engine, replica: string): Promise<void> {
  await (await engine.start(replica))[Symbol.asyncDispose]();
}

async function expectClean(engine: Engine): Promise<void> {
  expect((await checkStore(engine)).problems).toEqual([]);
}

describeIf(['root', 'bsdtar', 'docker-registry'], 'a multi-platform image', () => {
  it('that is loaded is kept whole as long as it has a name, and goes with the last one', async () => {
    await using engine = await startEngine();
    await using registry = await startRegistry();
    expect(await importArchive(engine, archive)).toEqual([{ id: mine.id, names: ['app:1'] }]);
    const target = `${registry.host}/app:1`;
    await engine.images.tag({ source: 'app:1', repo: `${registry.host}/app`, tag: '1' });
    await engine.images.remove({ id: 'app:1' });
    await sweep(engine, '1');
    expect(blobsIn(engine)).toEqual(hexesOf(everything));
    await expectClean(engine);
    // What the disk has spoilt is mended when it comes again, also when several names bring it.
    writeFileSync(join(engine.state, 'oci/blobs/sha256', hexOf(statement.digest)), 'spoilt');
    const names = ['docker.io/library/app:2', `${target}`].map((name) => ({ target: nested, name }));
    await importArchive(engine, layoutArchive([mine, theirs], [...names, { target: middle, name: 'docker.io/library/app:2' }], [nested, middle, attestation, statement]));
    await engine.images.remove({ id: 'app:2' });
    await expectClean(engine);
    expect(readdirSync(join(engine.state, 'ingest'))).toEqual([]);
    const saved = filesOf(await saveArchive(engine, [target]));
    expect([...saved.keys()]).toEqual(expect.arrayContaining(hexesOf(everything).map((hex) => `blobs/sha256/${hex}`)));
    const said = await push(engine, target);
    expect(said.at(-1)?.status).toBe(`1: digest: ${nested.digest} size: ${nested.content.length}`);
    await engine.images.remove({ id: mine.id, force: true });
    expect(blobsIn(engine)).toEqual([]);
    await expectClean(engine);

    await pull(engine, target, { platform: 'linux/s390x' });
    expect((await engine.images.inspect({ id: target })).id).toBe(theirs.id);
    await importArchive(engine, archive, {});
    await engine.images.tag({ source: theirs.id, repo: 'app', tag: '1' });
    await engine.images.remove({ id: mine.id });
    // All of it is gone, but for what the other still needs.
    expect(blobsIn(engine)).not.toContain(hexOf(statement.digest));
    expect(blobsIn(engine)).toContain(hexOf(theirs.layers[1]?.digest ?? ''));
    await sweep(engine, '2');
    await expectClean(engine);
  });

  it('may have a great many names, in time that grows as they do', async () => {
    await using engine = await startEngine();
    const tags = Array.from({ length: 3_000 }, (_, tag) => ({ target: nested, name: `docker.io/library/app:${tag}` }));
    const find = jest.spyOn(Collection.prototype, 'findBy');
    try {
      const [loaded] = await importArchive(engine, layoutArchive([mine, theirs], tags, [nested, middle, attestation, statement]));
      expect(loaded?.names).toHaveLength(tags.length);
      expect(find.mock.calls.length).toBeLessThan(tags.length);
    } finally {
      find.mockRestore();
    }
    expect((await engine.images.inspect({ id: mine.id })).repoTags).toHaveLength(tags.length);
  });

  it('without a name is no more than its image', async () => {
    await using engine = await startEngine();
    await importArchive(engine, layoutArchive([mine, theirs], [{ target: nested }], [nested, middle, attestation, statement]));
    await sweep(engine, '1');
    await expectClean(engine);
    expect(blobsIn(engine)).toEqual(hexesOf([mine.manifest, mine.config, ...mine.layers]));
  });

  it('that is pulled keeps the indexes between its name and its manifest', async () => {
    await using engine = await startEngine();
    await using registry = await startRegistry();
    const index = makeIndex([[mine, hostPlatform()]]);
    const top = json(MediaType.index, { schemaVersion: 2, mediaType: MediaType.index, manifests: [describeBlob(index)] });
    await pushImage(registry, 'app', 'x', mine);
    await pushManifest(registry, 'app', 'y', index);
    await pushManifest(registry, 'app', '1', top);
    const reference = `${registry.host}/app:1`;
    await pull(engine, reference);
    await sweep(engine, '1');
    expect(blobsIn(engine)).toEqual(hexesOf([top, index, mine.manifest, mine.config, ...mine.layers]));
    const said = await push(engine, reference);
    expect(said.at(-1)?.status).toBe(`1: digest: ${top.digest} size: ${top.content.length}`);

    // What it says of a layer is looked at also when the layer is here.
    const lies = json(MediaType.manifest, { ...(JSON.parse(mine.manifest.content.toString()) as object), layers: mine.layers.map((layer) => ({ ...describeBlob(layer), size: 2 ** 52 })) });
    await pushManifest(registry, 'app', 'lies', lies);
    await expect(pull(engine, `${registry.host}/app:lies`)).rejects.toThrow(`bytes instead of ${2 ** 52}`);
    await expectClean(engine);

    // A manifest that the disk has spoilt is not taken for the image that it was, and is mended by the next pull.
    const path = join(engine.state, 'oci/blobs/sha256', hexOf(mine.manifest.digest));
    const spoilt = mine.manifest.content.toString().replace(mine.layers[1]?.digest ?? '', mine.layers[0]?.digest ?? '');
    writeFileSync(path, spoilt);
    await expect(push(engine, reference)).rejects.toThrow(`DATA_LOSS: content ${mine.manifest.digest} of`);
    await pull(engine, reference);
    await expectClean(engine);
    rmSync(path);
    await pull(engine, reference);
    await expectClean(engine);

    // Nor does one that is another manifest of an image keep the others from changing.
    const again = makeImage({ layers: [shared, [{ name: 'mine' }]], compression: 'none' });
    await importArchive(engine, ociArchive(again), { reference: 'again' });
    for (const { digest } of [mine.manifest, again.manifest]) writeFileSync(join(engine.state, 'oci/blobs/sha256', hexOf(digest)), 'spoilt');
    await engine.images.tag({ source: 'again', repo: 'other', tag: '1' });
    await engine.images.remove({ id: mine.id, force: true });
    expect(blobsIn(engine)).toEqual([]);
  });

  it.each<[string, Buffer]>([
    ['a manifest of another size', layoutArchive([mine], [{ target: { ...mine.manifest, content: Buffer.alloc(5) } }])],
    ['a damaged layer for another platform', layoutArchive([mine, { ...theirs, layers: theirs.layers.map((layer) => ({ ...layer, content: Buffer.from('x') })) }], [{ target: nested, name: 'app:1' }], [nested, middle])],
    ['a damaged manifest for another platform', layoutArchive([mine, { ...theirs, manifest: { ...theirs.manifest, content: Buffer.from('{}') } }], [{ target: nested, name: 'app:1' }], [nested, middle])],
  ])('is refused with %s, and leaves nothing', async (_, broken) => {
    await using engine = await startEngine();
    await expect(importArchive(engine, broken)).rejects.toThrow('DATA_LOSS');
    expect((await engine.images.list({ all: true })).images).toEqual([]);
    expect(blobsIn(engine)).toEqual([]);
    expect(readdirSync(join(engine.state, 'ingest'))).toEqual([]);
  });
});
