import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ArchiveFormat } from '@arcbox/proto/arcbox/engine/v1/image';
import { describeIf, temporaryRoot } from '@arcbox/testing';
import { filesOf, importArchive, ociArchive, saveArchive } from './archives.ts';
import { checkStore } from './check.ts';
import { startDockerd } from './dockerd.ts';
import { startEngine } from './engine.ts';
import { makeTar } from './tar.ts';
import { makeImage, type TestImage } from './test-image.ts';

const { ARCHIVE_FORMAT_UNSPECIFIED: both, ARCHIVE_FORMAT_DOCKER: docker, ARCHIVE_FORMAT_OCI: oci } = ArchiveFormat;

/** Two layers, and the lower one once more: `docker save` links it. */
function sample(compression: 'gzip' | 'zstd' | 'none' = 'gzip'): TestImage {
  const lower = [{ name: 'etc/', type: '5' }, { name: 'etc/a', content: 'x'.repeat(70_000) }];
  return makeImage({
    layers: [lower, [{ name: 'etc/.wh.a' }, { name: 'b', mode: 0o4755, uid: 7 }], lower],
    compression,
    history: [{ created_by: 'one' }, { created_by: 'two' }, { created_by: 'three' }],
  });
}

describeIf(['root', 'bsdtar', 'dockerd'], 'archives to and from docker', () => {
  it('loads what we save, and we load what it saves', async () => {
    await using engine = await startEngine();
    await using dockerd = await startDockerd(join(engine.root.path, 'docker'));
    const image = sample();
    await importArchive(engine, ociArchive(image), { reference: 'team/app:1' });
    await engine.images.tag({ source: 'team/app:1', repo: 'other', tag: '' });
    for (const format of [docker, both]) {
      const archive = await saveArchive(engine, ['team/app:1', 'other'], format);
      await dockerd.load(archive);
      const found = await dockerd.inspect('team/app:1');
      expect(found).toMatchObject({ Id: image.id, RootFS: { Layers: [...image.diffIds] } });
      expect(found.RepoTags.sort()).toEqual(['other:latest', 'team/app:1']);
    }
    await using fresh = await startEngine();
    const saved = await dockerd.save('team/app:1', 'other');
    expect(filesOf(saved).has('manifest.json')).toBe(true);
    for (const archive of [saved, gzipSync(saved)])
      expect(await importArchive(fresh, archive)).toEqual([{ id: image.id, names: ['team/app:1', 'other:latest'] }]);
    expect((await checkStore(fresh)).problems).toEqual([]);
  });

  it('loads zstd layers that we save for it', async () => {
    await using engine = await startEngine();
    await using dockerd = await startDockerd(join(engine.root.path, 'docker'));
    const image = sample('zstd');
    await importArchive(engine, ociArchive(image), { reference: 'app' });
    await dockerd.load(await saveArchive(engine, ['app'], docker));
    expect(await dockerd.inspect('app')).toMatchObject({ Id: image.id });
  });
});

describeIf(['root', 'bsdtar', 'podman'], 'archives to and from podman', () => {
  it('loads every format, and we load its', async () => {
    await using engine = await startEngine();
    const image = sample();
    await importArchive(engine, ociArchive(image), { reference: 'localhost/team/app:1' });
    const archive = join(engine.root.path, 'archive.tar');
    const podman = (...args: string[]): string => {
      const places = ['--root', join(engine.root.path, 'podman'), '--runroot', join(engine.root.path, 'podman-run')];
      return execFileSync('podman', [...places, '--storage-driver', 'vfs', ...args], { stdio: 'pipe', encoding: 'utf8' });
    };
    for (const format of [both, docker, oci]) {
      writeFileSync(archive, await saveArchive(engine, ['localhost/team/app:1'], format));
      expect(podman('load', '-q', '-i', archive)).toContain('localhost/team/app:1');
      expect(podman('inspect', '-t', 'image', '--format', '{{.Id}}', 'localhost/team/app:1').trim()).toBe(image.id.slice(7));
      if (format !== oci) podman('rmi', '-af');
    }
    await using fresh = await startEngine();
    for (const format of ['docker-archive', 'oci-archive']) {
      rmSync(archive);
      podman('save', '-q', '--format', format, '-o', archive, 'localhost/team/app:1');
      const [loaded] = await importArchive(fresh, readFileSync(archive));
      expect(loaded?.names).toEqual(['localhost/team/app:1']);
      const { rootFs } = await fresh.images.inspect({ id: 'localhost/team/app:1' });
      expect(rootFs?.layers).toEqual([...image.diffIds]);
    }
    expect((await checkStore(fresh)).problems).toEqual([]);
  });
});

describeIf(['root', 'bsdtar', 'skopeo'], 'archives of builders and copiers', () => {
  it.each(['gzip', 'none'] as const)('loads what kaniko and other tools without a daemon write, %s', async (compression) => {
    await using engine = await startEngine();
    const image = sample(compression);
    const name = ({ digest }: { digest: string }): string => `${digest.slice(7)}.tar.gz`;
    const archive = makeTar([
      { name: `sha256:${image.id.slice(7)}`, content: image.config.content },
      ...image.layers.slice(0, 2).map((layer) => ({ name: name(layer), content: layer.content })),
      {
        name: 'manifest.json',
        content: JSON.stringify([{ Config: `sha256:${image.id.slice(7)}`, RepoTags: ['app:1'], Layers: image.layers.map(name) }]),
      },
    ]);
    expect(await importArchive(engine, archive)).toEqual([{ id: image.id, names: ['app:1'] }]);
    const files = filesOf(await saveArchive(engine, ['app:1']));
    const { layers } = JSON.parse(String(files.get(manifestOf(files)))) as { layers: { mediaType: string }[] };
    expect(layers.map(({ mediaType }) => mediaType.endsWith('+gzip'))).toEqual(layers.map(() => compression === 'gzip'));
  });

  it('loads what skopeo copies, under a name, a tag or none', async () => {
    await using root = temporaryRoot();
    const image = sample();
    const [layout, archive] = [mkdtempSync(join(root.path, 'layout-')), join(root.path, 'archive.tar')];
    const source = join(root.path, 'source.tar');
    writeFileSync(source, ociArchive(image));
    execFileSync('tar', ['-xf', source, '-C', layout]);
    const copy = (target: string): Buffer => {
      rmSync(archive, { force: true });
      execFileSync('skopeo', ['copy', '-q', `oci:${layout}`, target], { stdio: 'pipe' });
      return readFileSync(archive);
    };
    await using engine = await startEngine();
    const targets: [string, string[]][] = [
      [`oci-archive:${archive}`, []],
      [`oci-archive:${archive}:v1`, []],
      [`oci-archive:${archive}:quay.io/team/app:v1`, ['quay.io/team/app:v1']],
      [`docker-archive:${archive}:team/app:v2`, ['team/app:v2']],
    ];
    for (const [target, names] of targets)
      expect(await importArchive(engine, copy(target))).toEqual([{ id: image.id, names }]);
    mkdirSync(join(root.path, 'again'));
    execFileSync('bsdtar', ['-cf', archive, '-C', layout, '.']);
    expect(await importArchive(engine, readFileSync(archive), { reference: 'again' })).toMatchObject([{ id: image.id }]);
    expect((await checkStore(engine)).problems).toEqual([]);
  });
});

/** Where the one manifest lies that `index.json` lists. */
function manifestOf(files: ReadonlyMap<string, Buffer>): string {
  const { manifests } = JSON.parse(String(files.get('index.json'))) as { manifests: { digest: string }[] };
  return `blobs/${manifests[0]?.digest.replace(':', '/')}`;
}
