import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { systemCall } from '@arcbox/linux';
import { describeIf } from '@arcbox/testing';
import { type CapturedLayer, type CaptureOptions, captureLayer, type Writable } from '../src/capture/capture-layer.ts';
import type { Digest } from '../src/image/digest.ts';
import { Pin } from '../src/store/pins.ts';
import { type ImageStore, openImageStore } from './image-store.ts';
import { readTree } from './tree.ts';

const setXattr = systemCall('lsetxattr', 'int lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags)');
const xattr = (path: string, name: string, value: Buffer): number => setXattr(path, name, value, value.length, 0);

const never = new AbortController().signal;

async function capture(
  { engine }: ImageStore,
  root: Writable,
  options: Partial<CaptureOptions> = {},
  signal = never,
): Promise<CapturedLayer> {
  using pin = Pin.hold(engine.store, engine.records);
  const layer = await captureLayer(engine, root, { take: true, pin, ...options }, signal);
  if (!layer) throw new Error('nothing was captured');
  return layer;
}

/** A layer from nothing. */
async function layerOf(store: ImageStore, write: (root: string) => void, below: Digest[] = []): Promise<Digest[]> {
  return [...below, (await capture(store, await store.write(below, write))).diffId];
}

function writeBase(root: string): void {
  for (const name of ['kept', 'emptied', 'replaced', 'gone']) {
    mkdirSync(join(root, name));
    writeFileSync(join(root, name, 'old'), name);
  }
  for (const name of ['file', 'to-directory', 'moved', 'modified']) writeFileSync(join(root, name), name);
  writeFileSync(join(root, 'hard'), 'hard');
  linkSync(join(root, 'hard'), join(root, 'kept/hard2'));
}

/** One of every kind that a layer can have. */
async function writeEverything(root: string): Promise<void> {
  const at = (name: string): string => join(root, name);
  rmSync(at('gone'), { recursive: true });
  rmSync(at('emptied/old'));
  rmSync(at('replaced'), { recursive: true });
  mkdirSync(at('replaced'));
  writeFileSync(at('replaced/new'), 'new');
  rmSync(at('to-directory'));
  mkdirSync(at('to-directory'));
  rmSync(at('file'));
  renameSync(at('moved'), at('kept/moved'));
  appendFileSync(at('modified'), ' again');
  chmodSync(at('kept/old'), 0o4711);
  writeFileSync(at('large'), Buffer.alloc(700_000, 'large '));
  writeFileSync(at('first'), 'linked');
  for (const name of ['second', 'kept/third']) linkSync(at('first'), at(name));
  symlinkSync('/absolute/../target', at('symlink'));
  linkSync(at('symlink'), at('symlink-again'));
  symlinkSync('x'.repeat(300), at('long-symlink'));
  execFileSync('mknod', [at('null'), 'c', '1', '3']);
  execFileSync('mknod', [at('disk'), 'b', '259', '70000']);
  execFileSync('mkfifo', ['-m', '640', at('fifo')]);
  chownSync(at('fifo'), 70_000, 4_000_000_000);
  xattr(at('first'), 'user.binary', Buffer.from([0, 10, 61, 255]));
  xattr(at('first'), 'user.empty', Buffer.alloc(0));
  xattr(at('kept'), 'trusted.ours', Buffer.from('x'));
  xattr(at('large'), 'security.capability', Buffer.from('0100000200200000000000000000000000000000', 'hex'));
  utimesSync(at('fifo'), 1, 1.25);
  utimesSync(at('first'), 1, -3.5);
  lutimesSync(at('symlink'), 1, 4_000_000_000.125);
  chmodSync(root, 0o1751);
  chownSync(root, 5, 6);
  const server = createServer().listen(at('socket'));
  await once(server, 'listening');
  execFileSync('cp', ['-l', at('socket'), at('socket-kept')]);
  server.close();
}

describeIf(['root', 'overlay', 'bsdtar'], 'capturing a layer', () => {
  it.each([true, false])('keeps files of every kind, and what was removed (take: %s)', async (take) => {
    await using store = openImageStore();
    const base = await layerOf(store, writeBase);
    let seen = {};
    const root = await store.write(base, async (path) => {
      await writeEverything(path);
      seen = readTree(path);
    });
    const { diffId, size } = await capture(store, root, { take });
    expect(store.read([...base, diffId], readTree)).toEqual(seen);
    expect(size).toBe(700_000 + 'linkednewmodified againmovedkept'.length);
    expect(readdirSync(store.engine.layout.ingest)).toEqual([]);
    expect(existsSync(join(root.directory, 'upper/large'))).toBe(!take);
    const { uid, mode } = statSync(join(root.directory, 'upper'));
    expect({ uid, mode: mode & 0o7777 }).toEqual(take ? { uid: 0, mode: 0o755 } : { uid: 5, mode: 0o1751 });
  });

  it('gives the same layer however and however often it is made', async () => {
    await using store = openImageStore();
    const base = await layerOf(store, writeBase);
    const root = await store.write(base, writeEverything);
    const copied = await capture(store, root, { take: false });
    const again = await capture(store, root, { take: false });
    const taken = await capture(store, root, { take: true });
    expect([again, taken]).toEqual([copied, copied]);
    expect(readdirSync(store.engine.layout.blobs)).toHaveLength(2);
    expect(readdirSync(join(root.directory, 'upper'))).toEqual([]);
  });

  it('writes the whiteouts of the image specification, which others read', async () => {
    await using store = openImageStore();
    const base = await layerOf(store, writeBase);
    const root = await store.write(base, (path) => {
      for (const name of ['gone', 'replaced', 'emptied/old', 'file']) rmSync(join(path, name), { recursive: true });
      mkdirSync(join(path, 'replaced'));
      writeFileSync(join(path, 'replaced/new'), '');
      mkdirSync(join(path, '.wh.reserved'));
      writeFileSync(join(path, '.wh.reserved/file'), '');
    });
    const { blob } = await capture(store, root);
    const path = store.engine.layout.blob(blob.digest);
    const names = execFileSync('bsdtar', ['-tf', path], { encoding: 'utf8' }).trimEnd().split('\n');
    expect(names).toEqual(['emptied/', 'emptied/.wh.old', '.wh.file', '.wh.gone', 'replaced/', 'replaced/.wh..wh..opq', 'replaced/new']);
    expect(blob).toMatchObject({ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', size: statSync(path).size });
  });

  it('finds nothing where nothing was written', async () => {
    await using store = openImageStore();
    const base = await layerOf(store, (path) => chmodSync(path, 0o700));
    using pin = Pin.hold(store.engine.store, store.engine.records);
    const options = { take: true, pin };
    await expect(captureLayer(store.engine, await store.write(base, () => {}), options, never)).resolves.toBeUndefined();
    await expect(captureLayer(store.engine, await store.write([], () => {}), options, never)).resolves.toBeUndefined();
    const opened = await layerOf(store, (path) => chmodSync(path, 0o755), base);
    expect(store.read(opened, (path) => statSync(path).mode & 0o7777)).toBe(0o755);
  });

  it.each([true, false])('sets back times that are too late, in the archive and in the files (take: %s)', async (take) => {
    await using store = openImageStore();
    const write = (path: string): void => {
      mkdirSync(join(path, 'd'));
      writeFileSync(join(path, 'd/f'), 'x');
      symlinkSync('f', join(path, 'd/l'));
      writeFileSync(join(path, 'old'), 'x');
      utimesSync(join(path, 'old'), 1_000, 1_000.5);
    };
    const ids = new Set<Digest>();
    for (const _ of [1, 2]) {
      const { diffId } = await capture(store, await store.write([], write), { take, clampTime: 1_700_000_000 });
      ids.add(diffId);
    }
    const [diffId = ''] = ids;
    expect(ids.size).toBe(1);
    const times = Object.values(store.read([diffId], readTree)).map((line) => line.split(' ')[2]);
    expect(times).toEqual(['', ...Array.from({ length: 3 }, () => '1700000000000000000'), '1000500000000']);
  });

  it('takes names of any bytes, and paths near the limit of the system', async () => {
    await using store = openImageStore();
    let seen = {};
    const names = ['new\nline', ' ', '-rf', '~', 'quote"\'', 'é', '%s=%n', '\\'].map((name) => Buffer.from(name));
    const root = await store.write([], (path) => {
      for (const name of [...names, Buffer.from([0xff, 0xfe, 0x80]), Buffer.from([0xc3])])
        writeFileSync(Buffer.concat([Buffer.from(`${path}/`), name]), name);
      const deep = Array.from({ length: 15 }, () => 'd'.repeat(250)).join('/');
      mkdirSync(join(path, deep), { recursive: true });
      writeFileSync(join(path, deep, 'f'), 'deep');
      seen = readTree(path);
    });
    const { diffId } = await capture(store, root, { take: false });
    expect(store.read([diffId], readTree)).toEqual(seen);
  });

  it('says which path is too long for any archive', async () => {
    await using store = openImageStore();
    const root = await store.write([], (path) => {
      const [half = '', other] = ['d', 'e'].map((letter) => Array.from({ length: 9 }, () => letter.repeat(250)).join('/'));
      for (const each of [half, `${other}/e`]) mkdirSync(join(path, each), { recursive: true });
      renameSync(join(path, 'e'.repeat(250)), join(path, half, 'e'));
    });
    await expect(capture(store, root)).rejects.toThrow('paths of 4096 bytes and more have no place in an archive');
    expect(readdirSync(store.engine.layout.ingest)).toEqual([]);
  });

  it('leads no link out of the root', async () => {
    await using store = openImageStore();
    const root = await store.write([], (path) => {
      symlinkSync('/etc', join(path, 'etc'));
      symlinkSync('/etc/passwd', join(path, 'passwd'));
    });
    const { diffId, size } = await capture(store, root);
    expect(size).toBe(0);
    expect(Object.keys(store.read([diffId], readTree))).toEqual(['', '/etc', '/passwd']);
  });

  it('leaves nothing of a capture that is cancelled, and the files where they are', async () => {
    await using store = openImageStore();
    const root = await store.write([], (path) => {
      for (let i = 0; i < 20; i++) writeFileSync(join(path, `f${i}`), Buffer.alloc(1_000_000, String(i)));
    });
    for (const take of [true, false]) {
      const controller = new AbortController();
      const capturing = capture(store, root, { take }, controller.signal);
      setImmediate(() => controller.abort(new Error('cancelled by the test')));
      await expect(capturing).rejects.toThrow('cancelled by the test');
      expect(readdirSync(store.engine.layout.ingest)).toEqual([]);
      expect(store.engine.records.layers.all()).toEqual([]);
    }
    await capture(store, root);
    const { layers } = store.engine.layout;
    const captured = readdirSync(layers).filter((name) => existsSync(join(layers, name, 'f7')));
    expect(captured.map((name) => statSync(join(layers, name, 'f7')).size)).toEqual([1_000_000]);
  });
});
