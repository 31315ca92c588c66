import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { lgetxattr, readMounts, setxattr } from '@arcbox/linux';
import { openStore } from '@arcbox/store';
import { describeIf, eventually } from '@arcbox/testing';
import { readArchive } from '../src/files/read-archive.ts';
import { writeArchive } from '../src/files/write-archive.ts';
import { Containers } from '../src/record/containers.ts';
import { placesOf } from '../src/record/places.ts';
import { collect, needs, run, startEngine, type TestEngine } from './engine.ts';

type WriteOptions = { noOverwriteDirNonDir?: boolean; copyOwnership?: boolean; remove?: readonly string[] };

/** A tar archive of files that a script makes. */
function archiveOf(root: string, script: string): Buffer {
  const directory = mkdtempSync(join(root, 'source-'));
  execFileSync('sh', ['-euc', script], { cwd: directory });
  if (existsSync(join(directory, 'd/f'))) setxattr(join(directory, 'd/f'), 'user.colour', Buffer.from('red'));
  const archive = execFileSync('tar', ['-c', '--xattrs', '--xattrs-include=*', '--format=pax', '.'], { cwd: directory, maxBuffer: 2 ** 30 });
  rmSync(directory, { recursive: true });
  return archive;
}

async function* upload(id: string, path: string, data: Buffer, options: WriteOptions = {}): AsyncGenerator<object, void, undefined> {
  yield { id, path, ...options, data: data.subarray(0, 1000) };
  for (let at = 1000; at < data.length; at += 2 ** 20) yield { data: data.subarray(at, at + 2 ** 20) };
  yield { eof: true };
}

const write = ({ engine }: TestEngine, id: string, path: string, data: Buffer, options?: WriteOptions) =>
  engine.writeArchive(upload(id, path, data, options));

async function read({ engine }: TestEngine, id: string, path: string): Promise<Buffer> {
  const pieces = await collect(engine.readArchive({ id, path }));
  return Buffer.concat(pieces.map(({ data }) => data));
}

const list = (archive: Buffer): string[] => execFileSync('tar', ['-t'], { input: archive, encoding: 'utf8' }).trimEnd().split('\n').sort();
const content = (archive: Buffer, name: string): string => execFileSync('tar', ['-xO', name], { input: archive, encoding: 'utf8', maxBuffer: 2 ** 28 });

describeIf([...needs, 'tar'], 'files of a container', () => {
  let engine: TestEngine;
  beforeAll(async () => void (engine = await startEngine()));
  afterAll(async () => {
    expect(readMounts().filter((path) => path.includes('/run/views/'))).toEqual([]);
    await engine[Symbol.asyncDispose]();
  });
  const make = async (request = {}): Promise<string> => (await engine.containers.create({ image: 'busybox', cmd: ['true'], ...request })).id;

  it('are looked at one by one, links as such and with what they lead to', async () => {
    const script = 'mkdir -p /d/sub; echo hello > /d/f; ln -s ../etc /d/up; touch -d @1000000000 /d/f; ln -s /d/up/../d/nothing /d/far; exec sleep 1000';
    const { id } = await run(engine, ['sh', '-c', script]);
    const stat = async (path: string) => (await engine.engine.statPath({ id, path })).stat;
    await eventually(() => stat('/d/far'));
    expect(await stat('/d/f')).toEqual({ name: 'f', size: 6n, mode: 0o100644, modified: '2001-09-09T01:46:40.000000000Z', linkTarget: '' });
    expect(await stat('d/up')).toMatchObject({ name: 'up', mode: 0o120777, linkTarget: '/etc' });
    expect(await stat('/d/up/')).toMatchObject({ name: 'up', linkTarget: '' });
    expect((await stat('/d/far'))?.linkTarget).toBe('/d/nothing');
    expect(await stat('/')).toMatchObject({ name: '/' });
    expect(await stat('/d/sub/../sub/.')).toMatchObject({ name: '.' });
    await expect(stat('/d/none')).rejects.toThrow(/NOT_FOUND: could not find the file \/d\/none in container/);
    await expect(stat('/d/f/')).rejects.toThrow('FAILED_PRECONDITION');
    await expect(stat('')).rejects.toThrow('INVALID_ARGUMENT');
    await engine.containers.remove({ id, force: true });
  });

  it('of its last run are closed before the next one begins', async () => {
    const { id } = await run(engine, ['sh', '-c', 'dd if=/dev/zero of=/big bs=1M count=32; : > /made; exec sleep 1000']);
    await eventually(() => engine.engine.statPath({ id, path: '/made' }));
    const reading = engine.engine.readArchive({ id, path: '/big' })[Symbol.asyncIterator]();
    await reading.next();
    await engine.engine.stop({ id, timeoutSeconds: 0 });
    const order: string[] = [];
    const started = engine.containers.start({ id }).then(() => order.push('started'));
    // A start takes less time by far.
    await Promise.race([started, sleep(1_500)]);
    order.push('closed');
    await reading.return?.();
    await started;
    expect(order).toEqual(['closed', 'started']);
    await engine.containers.remove({ id, force: true });
  });

  it.each(['running', 'paused', 'exited', 'created'])('are read and written when it is %s, volumes and binds with them', async (state) => {
    const bind = join(engine.root.path, `bind-${state}`);
    mkdirSync(bind);
    const mounts = [
      { type: 'volume', source: `vol-${state}`, target: '/deep/vol' },
      { type: 'bind', source: bind, target: '/deep/vol/bind' },
    ];
    const cmd = ['sh', '-c', state === 'exited' ? 'true' : 'exec sleep 1000'];
    const { id } = await engine.containers.create({ image: 'busybox', cmd, mounts });
    if (state !== 'created') await engine.containers.start({ id });
    if (state === 'exited') await engine.containers.wait({ id });
    if (state === 'paused') await engine.containers.pause({ id });

    await write(engine, id, '/deep/vol', archiveOf(engine.root.path, 'mkdir -p bind a; echo in-bind > bind/f; echo in-volume > a/f'));
    await write(engine, id, '/root', gzipSync(archiveOf(engine.root.path, 'echo in-root > f')));
    expect(readFileSync(join(bind, 'f'), 'utf8')).toBe('in-bind\n');
    const archive = await read(engine, id, '/deep');
    expect(list(archive)).toEqual(['deep/', 'deep/vol/', 'deep/vol/a/', 'deep/vol/a/f', 'deep/vol/bind/', 'deep/vol/bind/f']);
    expect(content(archive, 'deep/vol/bind/f')).toBe('in-bind\n');
    expect(content(await read(engine, id, '/root/f'), 'f')).toBe('in-root\n');
    expect(list(await read(engine, id, '/root/.'))).toEqual(['./', './f']);
    if (state === 'paused') await engine.containers.unpause({ id });
    if (state !== 'running') return;
    const seen = (await collect(engine.containers.execStart({ id: (await engine.containers.execCreate({ containerId: id, cmd: ['cat', '/root/f', '/deep/vol/a/f'], attachStdout: true })).id })))
      .map(({ data }) => Buffer.from(data).toString())
      .join('');
    expect(seen).toBe('in-root\nin-volume\n');
  });

  it('keep owners, modes, times, attributes, links, devices and holes', async () => {
    const id = await make();
    const script = `
      mkdir -p d; printf data > d/f; chown 5:6 d/f; chmod 4755 d/f; touch -d @1234567890.123456789 d/f
      ln d/f d/hard; ln -s /nowhere d/link; mkfifo d/fifo; mknod d/null c 1 3
      truncate -s 8M d/sparse; printf end >> d/sparse; chmod 1700 d; touch -d @1000000000 d`;
    const archive = archiveOf(engine.root.path, script);
    await write(engine, id, '/root', archive, { copyOwnership: true });
    const back = join(engine.root.path, 'back');
    mkdirSync(back);
    execFileSync('tar', ['-x', '--xattrs', '--xattrs-include=*', '-C', back], { input: await read(engine, id, '/root/d') });
    const shown = execFileSync('sh', ['-c', `stat -c '%n %f %u:%g %.Y %t:%T %h' d d/f d/hard d/link d/fifo d/null; readlink d/link`], { cwd: back, encoding: 'utf8' });
    expect(shown.split('\n')).toEqual([
      'd 43c0 0:0 1000000000.000000000 0:0 2',
      'd/f 89ed 5:6 1234567890.123456789 0:0 2',
      'd/hard 89ed 5:6 1234567890.123456789 0:0 2',
      expect.stringMatching(/^d\/link a1ff 0:0 /),
      expect.stringMatching(/^d\/fifo 11a4 0:0 /),
      expect.stringMatching(/^d\/null 21a4 0:0 .* 1:3 1$/),
      '/nowhere',
      '',
    ]);
    expect(lgetxattr(join(back, 'd/f'), 'user.colour')?.toString()).toBe('red');
    const { id: looker } = await engine.containers.create({ image: 'busybox', cmd: ['true'] });
    await write(engine, looker, '/', archive);
    const size = await engine.engine.statPath({ id: looker, path: '/d/sparse' });
    expect(size.stat?.size).toBe(8388611n);
    const upper = join(engine.root.paths.state, 'fake-upper', join(engine.root.paths.service('containers'), looker, 'rootfs').replaceAll('/', '_'), 'up');
    expect(Number(execFileSync('du', ['-k', join(upper, 'd/sparse')], { encoding: 'utf8' }).split('\t')[0])).toBeLessThan(1000);
    expect(execFileSync('stat', ['-c', '%u:%g', join(upper, 'd/f')], { encoding: 'utf8' })).toBe('0:0\n');
  });

  it('are replaced, unless kinds are to stay', async () => {
    const id = await make();
    const plant = (script: string, options?: WriteOptions) => write(engine, id, '/t', archiveOf(engine.root.path, script), options);
    await write(engine, id, '/', archiveOf(engine.root.path, 'mkdir t'));
    await plant('mkdir -p x/y; echo 1 > x/y/f; echo 1 > z; ln -s / l');
    await expect(plant('echo 2 > x', { noOverwriteDirNonDir: true })).rejects.toThrow('FAILED_PRECONDITION: cannot overwrite directory x with non-directory');
    await expect(plant('mkdir z', { noOverwriteDirNonDir: true })).rejects.toThrow('FAILED_PRECONDITION: cannot overwrite non-directory z with directory');
    await plant('echo 2 > z; mkdir x; echo 3 > x/more', { noOverwriteDirNonDir: true });
    expect(list(await read(engine, id, '/t'))).toEqual(['t/', 't/l', 't/x/', 't/x/more', 't/x/y/', 't/x/y/f', 't/z']);
    await plant('echo 2 > x; mkdir l z; echo in > l/f');
    expect(list(await read(engine, id, '/t'))).toEqual(['t/', 't/l/', 't/l/f', 't/x', 't/z/']);
    await expect(write(engine, id, '/t/x', archiveOf(engine.root.path, 'echo'))).rejects.toThrow('FAILED_PRECONDITION');
    await expect(write(engine, id, '/absent', archiveOf(engine.root.path, 'echo'))).rejects.toThrow('NOT_FOUND');
  });

  it('are removed before others are written, and nothing else is', async () => {
    const id = await make();
    await write(engine, id, '/', archiveOf(engine.root.path, 'mkdir -p d/sub; echo 1 > d/f; echo 2 > d/sub/f; ln -s /bin d/out; echo 3 > kept'));
    const remove = ['d/sub', '/d/f', 'd/out', 'd/none', 'kept/below'];
    await write(engine, id, '/', archiveOf(engine.root.path, 'mkdir d; echo new > d/sub'), { remove });
    expect(list(await read(engine, id, '/d'))).toEqual(['d/', 'd/sub']);
    expect(content(await read(engine, id, '/d/sub'), 'sub')).toBe('new\n');
    await engine.engine.statPath({ id, path: '/bin/busybox' });
    await engine.engine.statPath({ id, path: '/kept' });
    const outside = write(engine, id, '/d', archiveOf(engine.root.path, ': > x'), { remove: ['../kept'] });
    await expect(outside).rejects.toThrow('INVALID_ARGUMENT');
    await expect(write(engine, id, '/d', archiveOf(engine.root.path, ': > x'), { remove: ['.'] })).rejects.toThrow('INVALID_ARGUMENT: not a name in the directory');
    await engine.containers.remove({ id });
  });

  it('cannot be written through a mount that is read-only', async () => {
    const id = await make({ mounts: [{ type: 'volume', source: 'fixed', target: '/fixed', readonly: true }] });
    const archive = archiveOf(engine.root.path, 'echo > f');
    await expect(write(engine, id, '/fixed', archive)).rejects.toThrow('FAILED_PRECONDITION: mounted volume is marked read-only');
    await write(engine, id, '/root', archive);
    expect(list(await read(engine, id, '/fixed'))).toEqual(['fixed/']);
  });

  it('stay inside: links that are there, and links of the archive, lead to nowhere else', async () => {
    const outside = join(engine.root.path, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'precious'), 'kept');
    const id = await make();
    await write(engine, id, '/', archiveOf(engine.root.path, `ln -s ${outside} out; ln -s ../../../../../../../../${outside} up; mkdir -p a; ln -s ${outside}/precious a/precious`));
    for (const path of ['/out/precious', '/up/precious', '/out/', '/up/.'])
      await expect(read(engine, id, path)).rejects.toThrow('NOT_FOUND');
    await expect(write(engine, id, '/out', archiveOf(engine.root.path, 'echo 1 > planted'))).rejects.toThrow('NOT_FOUND');
    await write(engine, id, '/', archiveOf(engine.root.path, 'mkdir a; echo 1 > a/precious'));
    const evil = Buffer.concat([archiveOf(engine.root.path, `ln -s ${outside} e`).subarray(0, -10240 + 1024), archiveOf(engine.root.path, 'mkdir e; echo 1 > e/planted')]);
    await write(engine, id, '/', evil).catch(() => {});
    expect(execFileSync('ls', [outside], { encoding: 'utf8' })).toBe('precious\n');
    expect(readFileSync(join(outside, 'precious'), 'utf8')).toBe('kept');
    expect(content(await read(engine, id, '/a/precious'), 'precious')).toBe('1\n');
  });

  it('are left alone by a client that stops in the middle', async () => {
    const id = await make();
    using store = openStore(join(engine.root.paths.service('containers'), 'state.db'));
    using containers = new Containers(store);
    const deps = { containers, places: placesOf(engine.root.paths) };
    const { signal } = new AbortController();
    const archive = archiveOf(engine.root.path, 'head -c 3000000 /dev/urandom > f');
    async function* stalled() {
      yield archive.subarray(0, 2_000_000);
      await new Promise(() => {});
    }
    const target = { path: '/root', keepKinds: false, keepOwners: false, remove: [] };
    await expect(writeArchive(deps, id, target, stalled(), signal, 50)).rejects.toMatchObject({ kind: 'deadline-exceeded' });
    // Nothing holds it.
    await write(engine, id, '/', archiveOf(engine.root.path, 'head -c 3000000 /dev/urandom > f'));
    const open = (): number => readdirSync('/proc/self/fd').length;
    const before = open();
    const reading = readArchive(deps, id, '/f', signal, 50);
    await reading.next();
    await reading.next();
    expect(open()).toBeGreaterThan(before);
    await eventually(() => expect(open()).toBe(before));
    await expect(reading.next()).rejects.toMatchObject({ kind: 'deadline-exceeded' });
  });

  it('give nothing and take nothing when a stream is cut', async () => {
    const id = await make();
    const archive = archiveOf(engine.root.path, 'head -c 3000000 /dev/urandom > f');
    async function* cut() {
      yield { id, path: '/root', data: archive.subarray(0, 2_000_000) };
    }
    await expect(engine.engine.writeArchive(cut())).rejects.toThrow('INVALID_ARGUMENT: the archive was not sent to its end');
    const controller = new AbortController();
    const reading = async (): Promise<void> => {
      for await (const _ of engine.engine.readArchive({ id, path: '/' }, { signal: controller.signal })) controller.abort();
    };
    await expect(reading()).rejects.toThrow('aborted');
    // Nothing holds it.
    await engine.containers.start({ id });
    await engine.containers.remove({ id, force: true });
  });
});
