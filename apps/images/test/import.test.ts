import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describeIf } from '@arcbox/testing';
import { hostPlatform } from '../src/image/platform.ts';
import { dockerArchive, importArchive, ociArchive } from './archives.ts';
import { startEngine } from './engine.ts';
import { makeBareTar, makeTar } from './tar.ts';
import { type Blob, makeImage, makeIndex } from './test-image.ts';

describeIf(['root', 'bsdtar'], 'import', () => {
  it.each([
    ['plain', (archive: Buffer) => archive],
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
    ['xz', (archive: Buffer) => execFileSync('bsdtar', ['-cf', '-', '--xz', '@-'], { input: archive })],
    ['bzip2', (archive: Buffer) => execFileSync('bsdtar', ['-cf', '-', '--bzip2', '@-'], { input: archive })],
  ])('stores an OCI image layout, %s', async (_, compress) => {
    await using engine = await startEngine();
    const image = makeImage({ layers: [[{ name: 'a', content: 'x'.repeat(50_000) }]] });
    const archive = compress(
      ociArchive(image, {
        'io.containerd.image.name': 'docker.io/library/hello:latest',
        'org.opencontainers.image.ref.name': 'latest',
      }),
    );
    expect(await importArchive(engine, archive)).toEqual([{ id: image.id, names: ['hello:latest'] }]);
    await expect(engine.images.inspect({ id: 'hello' })).resolves.toMatchObject({
      id: image.id,
      repoTags: ['hello:latest'],
    });
    expect(await importArchive(engine, archive)).toEqual([{ id: image.id, names: ['hello:latest'] }]);
    expect(readdirSync(join(engine.state, 'ingest'))).toEqual([]);
  });

  it('names what has no name, and takes the one image of an index that is there', async () => {
    await using engine = await startEngine();
    const [image, absent] = [makeImage({ layers: [] }), makeImage({ layers: [[{ name: 'x' }]] })];
    const index = makeIndex([
      [absent, { os: 'linux', architecture: 's390x', variant: '' }],
      [image, hostPlatform()],
    ]);
    expect(await importArchive(engine, ociArchive(image, {}, index), { reference: 'mine' })).toEqual([
      { id: image.id, names: ['mine:latest'] },
    ]);
    expect(await importArchive(engine, ociArchive(makeImage({ layers: [[{ name: 'y' }]] })))).toMatchObject([
      { names: [] },
    ]);
    expect((await engine.images.list({})).images.map(({ repoTags }) => repoTags[0]).sort()).toEqual([
      '<none>:<none>',
      'mine:latest',
    ]);
  });

  it('stores a docker archive with linked layers', async () => {
    await using engine = await startEngine();
    const layer = [{ name: 'a', content: 'x' }];
    const image = makeImage({ compression: 'none', layers: [layer, layer] });
    const archive = dockerArchive(image, ['team/app:1', 'team/app:2']);
    expect(await importArchive(engine, archive)).toEqual([{ id: image.id, names: ['team/app:1', 'team/app:2'] }]);
    await expect(engine.images.inspect({ id: 'team/app:2' })).resolves.toMatchObject({
      rootFs: { layers: [...image.diffIds] },
    });
  });

  it.each(['gzip', 'none'] as const)('stores %s layers whose tar archives end with their last byte', async (compression) => {
    await using engine = await startEngine();
    const layer = makeBareTar([{ name: 'a', content: 'x' }, { name: 'b', content: 'last' }]);
    const image = makeImage({ compression, layers: [layer, layer] });
    const names = ['team/app:1'];
    expect(await importArchive(engine, ociArchive(image))).toEqual([{ id: image.id, names: [] }]);
    expect(await importArchive(engine, dockerArchive(image, names))).toEqual([{ id: image.id, names }]);
    const [diffId] = image.diffIds;
    expect(readFileSync(join(engine.state, 'layers', String(diffId).slice(7), 'b'), 'utf8')).toBe('last');
  });

  it('stores archives that end with the last byte of their last file', async () => {
    await using engine = await startEngine();
    const image = makeImage({ layers: [[{ name: 'a', content: 'x' }]] });
    const archive = ociArchive(image);
    const last = '{"imageLayoutVersion":"1.0.0"}';
    const bare = archive.subarray(0, archive.lastIndexOf(last) + last.length);
    expect(await importArchive(engine, bare, { reference: 'bare' })).toEqual([{ id: image.id, names: ['bare:latest'] }]);
  });

  it('stores nothing of an upload that ends early, or of broken archives', async () => {
    await using engine = await startEngine();
    const image = makeImage({ layers: [[{ name: 'a', content: 'x'.repeat(50_000) }]] });
    const archive = ociArchive(image);
    await expect(importArchive(engine, archive, { isCut: true })).rejects.toThrow(
      'INVALID_ARGUMENT: the archive was not sent to its end',
    );
    await expect(importArchive(engine, archive.subarray(0, 3_000))).rejects.toThrow('DATA_LOSS');
    await expect(importArchive(engine, makeTar([{ name: 'a' }]))).rejects.toThrow(
      'INVALID_ARGUMENT: the archive is neither',
    );
    await expect(importArchive(engine, makeTar([{ name: '../../evil', content: 'x' }]))).rejects.toThrow(
      'INVALID_ARGUMENT',
    );
    const forged = { ...image, layers: [{ ...image.layers[0], content: Buffer.from('something else') } as Blob] };
    await expect(importArchive(engine, ociArchive(forged))).rejects.toThrow('DATA_LOSS');
    expect((await engine.images.list({ all: true })).images).toEqual([]);
    for (const place of ['ingest', 'oci/blobs/sha256', 'l']) expect(readdirSync(join(engine.state, place))).toEqual([]);
  });
});

describeIf(['root', 'bsdtar', 'skopeo'], 'exchange with others', () => {
  it('an image of the store can be copied out by others, byte for byte', async () => {
    await using engine = await startEngine();
    const image = makeImage({ layers: [[{ name: 'a', content: 'x' }]] });
    await importArchive(engine, ociArchive(image), { reference: 'localhost/mine:1' });
    const target = join(engine.root.path, 'copy');
    mkdirSync(target);
    execFileSync('skopeo', ['copy', '-q', `oci:${join(engine.state, 'oci')}:localhost/mine:1`, `dir:${target}`], {
      stdio: 'pipe',
    });
    expect(readFileSync(join(target, 'manifest.json'))).toEqual(image.manifest.content);
  });
});
