import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArchiveFormat } from '@arcbox/proto/arcbox/engine/v1/image';
import { describeIf, eventually } from '@arcbox/testing';
import { hostPlatform } from '../src/image/platform.ts';
import { filesOf, importArchive, layoutArchive, ociArchive, saveArchive } from './archives.ts';
import { startEngine } from './engine.ts';
import { type Blob, makeImage, makeIndex } from './test-image.ts';

const blobName = ({ digest }: Pick<Blob, 'digest'>): string => `blobs/${digest.replace(':', '/')}`;
const parse = (content: Buffer | undefined): unknown => JSON.parse(String(content));
const other = { os: 'linux', architecture: 's390x', variant: '' };

describeIf(['root', 'bsdtar'], 'save', () => {
  it('writes every byte of several images with all their names, in both descriptions', async () => {
    await using engine = await startEngine();
    const [one, two] = [
      makeImage({ layers: [[{ name: 'a', content: 'x'.repeat(600_000) }], [{ name: 'b' }]] }),
      makeImage({ layers: [[{ name: 'c' }]], compression: 'zstd' }),
    ];
    await importArchive(engine, ociArchive(one), { reference: 'team/app:1' });
    await importArchive(engine, ociArchive(two), { reference: 'two' });
    await engine.images.tag({ source: 'team/app:1', repo: 'team/app', tag: 'latest' });
    const archive = await saveArchive(engine, ['team/app', two.id.slice(7, 20), 'team/app:1']);
    const files = filesOf(archive);
    for (const blob of [one, two].flatMap(({ manifest, config, layers }) => [manifest, config, ...layers]))
      expect(files.get(blobName(blob))?.equals(blob.content)).toBe(true);
    expect(parse(files.get('manifest.json'))).toEqual([
      {
        Config: blobName(one.config),
        RepoTags: ['team/app:1', 'team/app:latest'],
        Layers: one.layers.map(blobName),
      },
      { Config: blobName(two.config), RepoTags: [], Layers: two.layers.map(blobName) },
    ]);
    expect(parse(files.get('repositories'))).toEqual({
      'team/app': { 1: one.diffIds[1]?.slice(7), latest: one.diffIds[1]?.slice(7) },
    });
    const { manifests } = parse(files.get('index.json')) as { manifests: Record<string, unknown>[] };
    expect(manifests.map(({ digest }) => digest)).toEqual([one, one, two].map(({ manifest }) => manifest.digest));
    expect(await saveArchive(engine, ['team/app', two.id])).toEqual(archive);
    await using fresh = await startEngine();
    expect(await importArchive(fresh, archive)).toEqual([
      { id: one.id, names: ['team/app:1', 'team/app:latest'] },
      { id: two.id, names: [] },
    ]);
    await eventually(async () => {
      const said = (await engine.events()).map(({ action, actor }) => `${action} ${actor?.attributes['name']}`);
      expect(said.filter((text) => !text.endsWith(two.id))).toEqual([
        'load team/app:1',
        'load two:latest',
        'tag team/app:latest',
        'save team/app:1',
        'save team/app:1',
      ]);
      expect(said.filter((text) => text.endsWith(two.id))).toEqual([`save ${two.id}`, `save ${two.id}`]);
    });
  });

  it.each(['gzip', 'zstd', 'none'] as const)('unpacks %s layers for those who know plain ones only', async (compression) => {
    await using engine = await startEngine();
    const shared = [{ name: 'shared', content: 'y'.repeat(300_000) }];
    const image = makeImage({ layers: [shared, [{ name: 'b' }], shared], compression });
    await importArchive(engine, ociArchive(image), { reference: 'app' });
    const archive = await saveArchive(engine, ['app'], ArchiveFormat.ARCHIVE_FORMAT_DOCKER);
    const files = filesOf(archive);
    const names = image.diffIds.map((diffId) => `${diffId.slice(7)}/layer.tar`);
    expect([...files.keys()].sort()).toEqual(
      [...new Set([...names, `${image.id.slice(7)}.json`, 'manifest.json', 'repositories'])].sort(),
    );
    expect(parse(files.get('manifest.json'))).toEqual([
      { Config: `${image.id.slice(7)}.json`, RepoTags: ['app:latest'], Layers: names },
    ]);
    await using fresh = await startEngine();
    expect(await importArchive(fresh, archive)).toEqual([{ id: image.id, names: ['app:latest'] }]);
  });

  it('saves an index whose images are all here, and else the manifest', async () => {
    await using engine = await startEngine();
    const [mine, theirs] = [
      makeImage({ layers: [[{ name: 'mine' }]] }),
      makeImage({ layers: [[{ name: 'theirs' }]], platform: other }),
    ];
    const index = makeIndex([
      [mine, hostPlatform()],
      [theirs, other],
    ]);
    await importArchive(engine, layoutArchive([mine], [{ target: index, name: 'docker.io/library/app:1' }], [index]));
    const digests = async (): Promise<string[]> => {
      const files = filesOf(await saveArchive(engine, ['app:1'], ArchiveFormat.ARCHIVE_FORMAT_OCI));
      const { manifests } = parse(files.get('index.json')) as { manifests: { digest: string }[] };
      expect([...files.keys()].some((name) => name === 'manifest.json')).toBe(false);
      return manifests.map(({ digest }) => digest);
    };
    expect(await digests()).toEqual([mine.manifest.digest]);
    await importArchive(engine, ociArchive(theirs), { reference: 'theirs' });
    expect(await digests()).toEqual([index.digest]);
  });

  it('says what is missing or damaged, and keeps what it reads', async () => {
    await using engine = await startEngine();
    const image = makeImage({ layers: [[{ name: 'a', content: 'x'.repeat(3_000_000) }]], compression: 'none' });
    await importArchive(engine, ociArchive(image), { reference: 'app' });
    await expect(saveArchive(engine, ['app', 'absent:1'])).rejects.toThrow('NOT_FOUND: no such image: absent:1');
    await expect(saveArchive(engine, [])).rejects.toThrow('INVALID_ARGUMENT: no image is named');
    const reading = engine.imageStore.save({ images: ['app'] })[Symbol.asyncIterator]();
    const pieces = [(await reading.next()).value?.data ?? Buffer.alloc(0)];
    await engine.images.remove({ id: 'app' });
    for (let next; !(next = await reading.next()).done;) pieces.push(next.value.data);
    const saved = filesOf(Buffer.concat(pieces)).get(blobName(image.layers[0] as Blob));
    expect(saved?.equals(image.layers[0]?.content ?? Buffer.alloc(0))).toBe(true);
    await importArchive(engine, ociArchive(image), { reference: 'app' });
    const path = join(engine.state, 'oci', blobName(image.layers[0] as Blob));
    const content = readFileSync(path);
    writeFileSync(path, content.fill('z', 2_000_000));
    await expect(saveArchive(engine, ['app'])).rejects.toThrow(`DATA_LOSS: content ${image.layers[0]?.digest} is damaged`);
    rmSync(path);
    await expect(saveArchive(engine, ['app'])).rejects.toThrow(`DATA_LOSS: content ${image.layers[0]?.digest} is missing`);
    expect(readdirSync(join(engine.state, 'ingest'))).toEqual([]);
  });
});

describeIf(['root', 'bsdtar', 'skopeo'], 'saved archives elsewhere', () => {
  it('skopeo reads both descriptions and finds the same', async () => {
    await using engine = await startEngine();
    const image = makeImage({ layers: [[{ name: 'a', content: 'x' }], [{ name: 'b' }]] });
    await importArchive(engine, ociArchive(image), { reference: 'localhost/app:1' });
    const archive = join(engine.root.path, 'archive.tar');
    const copied = (from: string): string => {
      const target = join(engine.root.path, 'copy');
      rmSync(target, { recursive: true, force: true });
      mkdirSync(target);
      execFileSync('skopeo', ['copy', '-q', `${from}:${archive}:localhost/app:1`, `dir:${target}`], { stdio: 'pipe' });
      return target;
    };
    for (const format of [ArchiveFormat.ARCHIVE_FORMAT_UNSPECIFIED, ArchiveFormat.ARCHIVE_FORMAT_OCI]) {
      writeFileSync(archive, await saveArchive(engine, ['localhost/app:1'], format));
      expect(readFileSync(join(copied('oci-archive'), 'manifest.json'))).toEqual(image.manifest.content);
    }
    for (const format of [ArchiveFormat.ARCHIVE_FORMAT_UNSPECIFIED, ArchiveFormat.ARCHIVE_FORMAT_DOCKER]) {
      writeFileSync(archive, await saveArchive(engine, ['localhost/app:1'], format));
      expect(readdirSync(copied('docker-archive'))).toEqual(expect.arrayContaining([image.id.slice(7)]));
    }
  });
});
