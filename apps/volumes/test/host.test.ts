import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setxattr } from '@arcbox/linux';
import { openStore } from '@arcbox/store';
import { describeIf, temporaryRoot, type TemporaryRoot } from '@arcbox/testing';
import { type Volume, volumeCollection } from '../src/volume.ts';
import { VolumeTree } from '../src/volume-tree.ts';
import { plant, survey } from './archive.ts';
import { startVolumesEngine, type VolumesEngine } from './volumes-engine.ts';

describeIf(['root'], 'what the volumes worker does on the host for others', () => {
  let engine: VolumesEngine;
  let outside: TemporaryRoot;
  beforeAll(async () => {
    outside = temporaryRoot();
    engine = await startVolumesEngine();
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    await outside[Symbol.asyncDispose]();
  });
  const listen = async (name: string, onInput: Parameters<typeof createServer>[1]): Promise<{ path: string } & AsyncDisposable> => {
    const path = join(outside.path, name);
    const server: Server = createServer({ allowHalfOpen: true }, onInput).listen(path);
    await once(server, 'listening');
    return { path, [Symbol.asyncDispose]: async () => void (await new Promise((resolve) => server.close(resolve))) };
  };
  const dial = async (path: string, pieces: readonly Buffer[] = []): Promise<Buffer> => {
    const requests = async function* () {
      yield { path };
      for (const data of pieces) yield { data };
    };
    return Buffer.concat(await Array.fromAsync((await engine.onHost()).dial(requests()), ({ data }) => data));
  };

  it('passes bytes both ways, and an end of the input as one', async () => {
    await using server = await listen('echo.sock', (socket) => {
      let length = 0;
      socket.on('data', (chunk: Buffer) => (length += chunk.length));
      // Only what half-closes gets an answer.
      socket.on('end', () => socket.end(Buffer.concat([Buffer.alloc(3_000_000, 'x'), Buffer.from(`${length}`)])));
    });
    const pieces = Array.from({ length: 100 }, () => Buffer.alloc(30_000, 'y'));
    const answer = await dial(server.path, pieces);
    expect(answer.length).toBe(3_000_007);
    expect(answer.subarray(-7).toString()).toBe('3000000');
  });

  it('cuts the connection of a caller who goes away', async () => {
    const closed = Promise.withResolvers<void>();
    await using server = await listen('quiet.sock', (socket) => {
      socket.on('error', () => {});
      socket.on('end', () => {
        closed.resolve();
        socket.end();
      });
      socket.resume();
    });
    const abort = new AbortController();
    const forever = async function* () {
      yield { path: server.path };
      await new Promise<void>((resolve) => abort.signal.addEventListener('abort', () => resolve()));
    };
    const answers = (await engine.onHost()).dial(forever(), { signal: abort.signal });
    const reading = (async () => {
      for await (const { data } of answers) if (data.length === 0) abort.abort();
    })();
    await expect(reading).rejects.toThrow(/abort/i);
    await closed.promise;
  });

  it('refuses what is no socket, is not there, answers nobody, or is the engine’s own', async () => {
    const file = join(outside.path, 'file');
    writeFileSync(file, '');
    await expect(dial(file)).rejects.toThrow(`INVALID_ARGUMENT: not a socket: ${file}`);
    await expect(dial('relative.sock')).rejects.toThrow('INVALID_ARGUMENT: not an absolute path');
    await expect(dial('')).rejects.toThrow('INVALID_ARGUMENT');
    await expect(dial('/no/such.sock')).rejects.toThrow('UNAVAILABLE: no socket at /no/such.sock');
    const dead = join(outside.path, 'dead.sock');
    execFileSync('python3', ['-c', 'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])', dead]);
    await expect(dial(dead)).rejects.toThrow(`UNAVAILABLE: nobody answers at ${dead}`);
    const own = engine.root.paths.workerSocket('volumes-0');
    await expect(dial(own)).rejects.toThrow('PERMISSION_DENIED');
    const link = join(outside.path, 'innocent.sock');
    symlinkSync(own, link);
    await expect(dial(link)).rejects.toThrow('PERMISSION_DENIED');
  });

  it('reads a directory with all that is in it, and says which one it is', async () => {
    const directory = join(outside.path, 'tree');
    mkdirSync(directory);
    execFileSync('sh', ['-euc', plant], { cwd: directory });
    setxattr(join(directory, 'd/f'), 'trusted.colour', Buffer.from('red'));
    const messages = await Array.fromAsync((await engine.onHost()).readTree({ path: directory }));
    const { mtimeNs, mode } = statSync(directory, { bigint: true });
    expect(messages[0]).toMatchObject({ mode: Number(mode & 0o7777n), modifiedNanos: mtimeNs });
    const copy = join(outside.path, 'copy');
    mkdirSync(copy);
    const input = Buffer.concat(messages.map(({ data }) => data));
    execFileSync('tar', ['-x', '-p', '--same-owner', '--xattrs', '--xattrs-include=*', '-C', copy], { input });
    expect(survey(copy).filter((line) => !line.startsWith('./d/sparse '))).toEqual(survey(directory).filter((line) => !line.startsWith('./d/sparse ')));
    const read = async (path: string) => Array.fromAsync((await engine.onHost()).readTree({ path }));
    await expect(read(join(outside.path, 'absent'))).rejects.toThrow('NOT_FOUND');
    await expect(read(join(directory, 'd/f'))).rejects.toThrow('INVALID_ARGUMENT: not a directory');
    await expect(read(engine.root.paths.service('volumes'))).rejects.toThrow('PERMISSION_DENIED');
    for (const path of [directory, copy]) rmSync(path, { recursive: true });
  });
});

describeIf(['root'], 'two volumes', () => {
  it('are exchanged with their labels, unless somebody runs with one', async () => {
    await using engine = await startVolumesEngine();
    let volumes = await engine.volumes();
    const further = await engine.further();
    for (const name of ['one', 'two']) {
      const { mountpoint } = await volumes.create({ name, labels: { name } });
      writeFileSync(join(mountpoint, name), name);
    }
    const shown = async (name: string) => {
      const { labels, mountpoint } = await volumes.inspect({ name });
      return [labels['name'], execFileSync('ls', [mountpoint], { encoding: 'utf8' }).trim()];
    };
    engine.users.set('one', ['runner']);
    await expect(further.exchange({ first: 'one', second: 'two' })).rejects.toThrow('FAILED_PRECONDITION: volume one is in use by runner');
    engine.users.set('one', ['still']);
    await further.exchange({ first: 'two', second: 'one' });
    expect([await shown('one'), await shown('two')]).toEqual([
      ['two', 'two'],
      ['one', 'one'],
    ]);
    await engine.stop();
    // As a worker leaves them that is killed between the records and the content.
    {
      using store = openStore(join(engine.root.paths.service('volumes'), 'state.db'));
      const [one, two] = ['one', 'two'].map((name) => volumeCollection(store).get(name) as Volume);
      volumeCollection(store).put({ ...(one as Volume), id: 'two' });
      volumeCollection(store).put({ ...(two as Volume), id: 'one' });
      const content = new VolumeTree(engine.root.paths.service('volumes')).identity('one');
      store.collection('exchanges').put({ id: 'one/two', low: 'one', high: 'two', content } as { id: string });
    }
    await engine.restart();
    volumes = await engine.volumes();
    expect([await shown('one'), await shown('two')]).toEqual([
      ['one', 'one'],
      ['two', 'two'],
    ]);
    await (await engine.further()).exchange({ first: 'one', second: 'two' });
    expect(await (await engine.volumes()).inspect({ name: 'one' })).toMatchObject({ labels: { name: 'two' } });
    const after = await engine.further();
    await expect(after.exchange({ first: 'one', second: 'one' })).rejects.toThrow('INVALID_ARGUMENT');
    await expect(after.exchange({ first: 'one', second: 'none' })).rejects.toThrow('NOT_FOUND');
  });
});
