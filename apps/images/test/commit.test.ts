import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { isMounted, mount, MountFlag, readMounts, unmount } from '@arcbox/linux';
import { describeIf } from '@arcbox/testing';
import { digestOf } from '../src/image/digest.ts';
import { type Engine, mountRoot, startEngine } from './engine.ts';
import { makeTar, type TarInput } from './tar.ts';
import { makeImage } from './test-image.ts';
import { readTree } from './tree.ts';

const files: TarInput[] = [
  { name: './', type: '5', mode: 0o751, uid: 5 },
  { name: 'd/', type: '5' },
  { name: 'd/old', content: 'old' },
  { name: 'f', content: 'image', pax: { 'SCHILY.xattr.user.a': 'b', mtime: '1700000000.123456789' } },
  { name: 'h', type: '1', link: 'f' },
];

interface Wish {
  reference?: string;
  changes?: string[];
  message?: string;
  platform?: string;
}

async function importFiles({ imageStore }: Engine, archive: Buffer, wish: Wish = {}, isCut = false): Promise<string> {
  const { id } = await imageStore.importFilesystem(
    (async function* () {
      yield wish;
      for (let at = 0; at < archive.length; at += 10_000) yield { data: archive.subarray(at, at + 10_000) };
      if (!isCut) yield { eof: true };
    })(),
  );
  return id;
}

async function exportFrom({ imageStore }: Engine, path: string): Promise<Buffer> {
  const pieces = await Array.fromAsync(imageStore.exportRoot({ path }), ({ data }) => data);
  return Buffer.concat(pieces);
}

async function configOf({ imageStore }: Engine, image: string): Promise<Record<string, unknown>> {
  const { config } = await imageStore.resolve({ image });
  return JSON.parse(config.toString()) as Record<string, unknown>;
}

/** An engine with an image `base`, and a place for a root. */
async function startWithBase(): Promise<Engine & { base: string; path: string }> {
  const engine = await startEngine();
  const base = await importFiles(engine, makeTar(files), { reference: 'base', changes: ['CMD ["sh"]', 'LABEL a=b'] });
  const path = join(engine.root.path, 'rootfs');
  mkdirSync(path);
  return { ...engine, base, path };
}

/** The files of an image. */
async function treeOf(engine: Engine, image: string): Promise<object> {
  const path = join(engine.root.path, 'look');
  mkdirSync(path, { recursive: true });
  await using _root = await mountRoot(engine, path, image);
  return readTree(path);
}

const ingestOf = ({ state }: Engine): string[] => readdirSync(join(state, 'ingest'));

describeIf(['root', 'overlay', 'bsdtar'], 'commit', () => {
  it('makes an image of a root in use', async () => {
    await using engine = await startWithBase();
    const { base, path } = engine;
    await using _root = await mountRoot(engine, path, 'base');
    writeFileSync(join(path, 'new'), 'new');
    rmSync(join(path, 'd/old'));
    chmodSync(join(path, 'f'), 0o4755);
    const seen = readTree(path);
    const { name } = await engine.roots.commit({ path });
    expect(name).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await treeOf(engine, name)).toEqual(seen);
    expect(readTree(path)).toEqual(seen);
    const [before, after] = [await configOf(engine, base), await configOf(engine, name)];
    expect(after).toMatchObject({ config: before['config'], architecture: before['architecture'] });
    expect(after['history']).toEqual([...(before['history'] as object[]), { created: after['created'], created_by: 'commit' }]);
    await expect(engine.images.inspect({ id: name })).resolves.toMatchObject({ parent: base, repoTags: [] });
    expect(ingestOf(engine)).toEqual([]);
    const commits = (await engine.events()).filter(({ action }) => action === 'commit');
    expect(commits.map(({ actor }) => actor?.id)).toEqual([name]);
  });

  it('of a root where nothing was written has the same layers', async () => {
    await using engine = await startWithBase();
    const { base, path } = engine;
    await engine.roots.prepare({ path, name: 'base' });
    const { name } = await engine.roots.commit({ path });
    expect(name).not.toBe(base);
    const [before, after] = [await configOf(engine, base), await configOf(engine, name)];
    expect(after['rootfs']).toEqual(before['rootfs']);
    expect((after['history'] as object[]).at(-1)).toMatchObject({ empty_layer: true });
    await engine.roots.cleanup({ path });
    expect(await treeOf(engine, name)).toEqual(await treeOf(engine, base));
  });

  it('gives the image a name and settings when it is told some', async () => {
    await using engine = await startWithBase();
    const { path } = engine;
    await engine.roots.prepare({ path, name: 'base' });
    const config = Buffer.from(JSON.stringify({ Env: ['A=b'], Labels: null }));
    const wish = { path, reference: 'made:1', author: 'me', message: 'why', createdBy: 'sh -c x', config, changes: ['ENV C=d'] };
    const { id } = await engine.imageStore.commitRoot(wish);
    const made = await configOf(engine, 'made:1');
    expect(made).toMatchObject({ author: 'me', comment: 'why', config: { Cmd: ['sh'], Env: ['A=b', 'C=d'] } });
    expect(made['config']).not.toHaveProperty('Labels.a');
    expect((made['history'] as object[]).at(-1)).toMatchObject({ created_by: 'sh -c x', author: 'me', comment: 'why', empty_layer: true });
    expect((await engine.images.inspect({ id })).repoTags).toEqual(['made:1']);
    for (const bad of [{ config: Buffer.from('[]') }, { config: Buffer.from('{') }, { changes: ['RUN x'] }, { reference: 'UPPER' }])
      await expect(engine.imageStore.commitRoot({ ...wish, ...bad })).rejects.toThrow('INVALID_ARGUMENT');
  });

  it('goes on while the files change under it', async () => {
    await using engine = await startWithBase();
    const { path } = engine;
    await using _root = await mountRoot(engine, path, 'base');
    const script = `cd "$0" && : > started && i=0; while :; do i=$((i+1)); mkdir -p x/$i; head -c $((i * 997 % 200000)) /dev/zero > x/$i/f; : > x/$i/f; ln -sf $i x/l; rm -rf x/$((i-20)); done`;
    const writer = spawn('sh', ['-c', script, path], { stdio: 'ignore' });
    try {
      while (!existsSync(join(path, 'started'))) await new Promise(setImmediate);
      for (let round = 0; round < 5; round++) {
        const { name } = await engine.roots.commit({ path });
        expect(Object.keys(await treeOf(engine, name))).toContain('/started');
      }
    } finally {
      writer.kill('SIGKILL');
    }
    expect(ingestOf(engine)).toEqual([]);
  });

  it('says what is not there', async () => {
    await using engine = await startWithBase();
    const { path } = engine;
    await expect(engine.roots.commit({ path })).rejects.toThrow(`NOT_FOUND: ${path} is not prepared`);
    await expect(engine.roots.commit({ path: 'relative' })).rejects.toThrow('INVALID_ARGUMENT');
  });
});

describeIf(['root', 'overlay', 'bsdtar'], 'export of a root', () => {
  it('and import of what came out give the same files, mounted or not', async () => {
    await using engine = await startWithBase();
    const { path } = engine;
    const { layers } = await engine.roots.prepare({ path, name: 'base' });
    for (const { type, source, target, options } of layers) mount({ type, source, target, data: options.join(',') });
    // More than one message, none like the other.
    writeFileSync(join(path, 'new'), randomBytes(3_000_000));
    rmSync(join(path, 'd'), { recursive: true });
    mkdirSync(join(path, 'below'));
    const seen = readTree(path);
    mount({ type: 'tmpfs', source: 'tmpfs', target: join(path, 'below') });
    writeFileSync(join(path, 'below/hidden'), '');
    const mounted = await exportFrom(engine, path);
    unmount(join(path, 'below'));
    unmount(path);
    const stopped = await exportFrom(engine, path);
    for (const archive of [mounted, stopped]) {
      const image = await importFiles(engine, archive);
      expect(await treeOf(engine, image)).toEqual(seen);
    }
    expect(execFileSync('bsdtar', ['-tf', '-'], { input: stopped, encoding: 'utf8' })).toBe('./\nbelow/\nf\nh\nnew\n');
    expect(isMounted(path)).toBe(false);
    expect(ingestOf(engine)).toEqual([]);
    await engine.roots.cleanup({ path });
    await expect(exportFrom(engine, path)).rejects.toThrow(`NOT_FOUND: ${path} is not prepared`);
  });

  it('has the files of more layers than the options of a mount have room for', async () => {
    await using engine = await startWithBase();
    const { path } = engine;
    const image = makeImage({ layers: Array.from({ length: 127 }, (_, i) => [{ name: `f${i}`, content: String(i) }]) });
    const { digest, content } = image.manifest;
    const archive = makeTar([
      ...[image.manifest, image.config, ...image.layers].map((blob) => ({ name: `blobs/${blob.digest.replace(':', '/')}`, content: blob.content })),
      { name: 'index.json', content: JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType: image.manifest.mediaType, digest, size: content.length }] }) },
      { name: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' },
    ]);
    await engine.imageStore.import(Readable.from([{ data: archive, eof: true, reference: 'many' }]));
    await engine.roots.prepare({ path, name: 'many' });
    const names = execFileSync('bsdtar', ['-tf', '-'], { input: await exportFrom(engine, path), encoding: 'utf8' }).trimEnd().split('\n');
    expect(names).toHaveLength(128);
    expect(names).toContain('f126');
  });

  it('leaves no mount behind when nobody reads on', async () => {
    await using engine = await startWithBase();
    const { path } = engine;
    await using _root = await mountRoot(engine, path, 'base');
    for (let i = 0; i < 30; i++) writeFileSync(join(path, `f${i}`), Buffer.alloc(1_000_000, i));
    const mine = (): string[] => readMounts().filter((path) => path.startsWith(`${engine.root.path}/`));
    const before = mine();
    const controller = new AbortController();
    const reading = async (): Promise<void> => {
      for await (const _ of engine.imageStore.exportRoot({ path }, { signal: controller.signal })) controller.abort();
    };
    await expect(reading()).rejects.toThrow('aborted');
    expect(mine()).toEqual(before);
    expect(ingestOf(engine)).toEqual([]);
  });

  it('that was killed leaves a view to the next start, which takes it away and touches nothing', async () => {
    await using engine = await startWithBase();
    const { path } = engine;
    await using _root = await mountRoot(engine, path, 'base');
    // The first process, at a time at which it did not start.
    const view = join(engine.state, 'ingest/1.1-left/view');
    mkdirSync(view, { recursive: true });
    mount({ type: 'none', source: path, target: view, flags: MountFlag.bind });
    const seen = readTree(path);
    await using _second = await engine.start('1');
    expect(ingestOf(engine)).toEqual([]);
    expect(isMounted(view)).toBe(false);
    expect(readTree(path)).toEqual(seen);
  });

  it('says so when the root is cleaned up meanwhile', async () => {
    await using engine = await startWithBase();
    const { path } = engine;
    await engine.roots.prepare({ path, name: 'base' });
    const upper = join(engine.state, 'roots', readdirSync(join(engine.state, 'roots'))[0] ?? '', 'upper');
    for (let i = 0; i < 30; i++) writeFileSync(join(upper, `f${i}`), Buffer.alloc(1_000_000, i));
    let isFirst = true;
    const reading = async (): Promise<void> => {
      for await (const _ of engine.imageStore.exportRoot({ path })) {
        if (isFirst) await engine.roots.cleanup({ path });
        isFirst = false;
      }
    };
    await expect(reading()).rejects.toThrow('ABORTED');
  });
});

describeIf(['root', 'overlay', 'bsdtar'], 'import of a file system', () => {
  it.each([
    ['plain', (archive: Buffer) => archive, gunzipSync],
    ['gzip', gzipSync, undefined],
    ['zstd', zstdCompressSync, undefined],
  ])('makes one layer of the archive as it is, %s', async (_, compress, plainOf) => {
    await using engine = await startEngine();
    const [plain, sent] = [makeTar(files), compress(makeTar(files))];
    const id = await importFiles(engine, sent, { reference: 'team/files:1', message: 'from a test' });
    const config = await configOf(engine, 'team/files:1');
    expect(config).toMatchObject({ rootfs: { diff_ids: [digestOf(plain)] }, comment: 'from a test', os: 'linux', config: {} });
    await expect(engine.images.inspect({ id })).resolves.toMatchObject({ repoTags: ['team/files:1'], repoDigests: [] });
    const manifest = JSON.parse(readFileSync(join(engine.state, 'oci/blobs/sha256', (await engine.imageStore.resolve({ image: id })).manifestDigest.slice(7)), 'utf8')) as { layers: { digest: string }[] };
    const blob = readFileSync(join(engine.state, 'oci/blobs/sha256', String(manifest.layers[0]?.digest).slice(7)));
    expect((plainOf ?? Buffer.from)(blob)).toEqual(plainOf ? plain : sent);
    expect(ingestOf(engine)).toEqual([]);
    const imports = (await engine.events()).filter(({ action }) => action === 'import');
    expect(imports.map(({ actor }) => actor?.attributes['name'])).toEqual(['team/files:1']);
  });

  it('applies instructions, for any platform', async () => {
    await using engine = await startEngine();
    const changes = ['ENV A=b', 'ENTRYPOINT ["/bin/x"]', 'EXPOSE 80', 'WORKDIR /w'];
    const id = await importFiles(engine, makeTar(files), { changes, platform: 'linux/arm/v7' });
    expect(await configOf(engine, id)).toMatchObject({
      architecture: 'arm',
      variant: 'v7',
      config: { Entrypoint: ['/bin/x'], ExposedPorts: { '80/tcp': {} }, WorkingDir: '/w' },
    });
    await expect(importFiles(engine, makeTar(files), { changes: ['RUN x'] })).rejects.toThrow('INVALID_ARGUMENT');
  });

  it('stores nothing of what is cut off, empty or no archive', async () => {
    await using engine = await startEngine();
    const archive = makeTar([{ name: 'a', content: 'x'.repeat(50_000) }]);
    await expect(importFiles(engine, archive, {}, true)).rejects.toThrow('INVALID_ARGUMENT: the archive was not sent to its end');
    await expect(importFiles(engine, archive.subarray(0, 3_000))).rejects.toThrow('DATA_LOSS');
    await expect(importFiles(engine, Buffer.alloc(0))).rejects.toThrow('INVALID_ARGUMENT: the archive is empty');
    await expect(importFiles(engine, Buffer.alloc(5_000, 'no archive'))).rejects.toThrow('DATA_LOSS');
    await expect(importFiles(engine, gzipSync(archive).subarray(0, 60))).rejects.toThrow('DATA_LOSS');
    await expect(importFiles(engine, makeTar([{ name: '../evil', content: 'x' }]))).rejects.toThrow('INVALID_ARGUMENT');
    await expect(importFiles(engine, archive, { reference: `a@${digestOf('')}` })).rejects.toThrow('INVALID_ARGUMENT');
    expect((await engine.images.list({ all: true })).images).toEqual([]);
    for (const place of ['ingest', 'oci/blobs/sha256', 'l']) expect(readdirSync(join(engine.state, place))).toEqual([]);
  });
});
