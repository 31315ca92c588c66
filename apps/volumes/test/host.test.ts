import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setxattr } from '@arcbox/linux';
import { describeIf, temporaryRoot, type TemporaryRoot } from '@arcbox/testing';
import { openHostTree } from '../src/read-tree.ts';
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

  it('ends with the other side, whatever the caller has still to say', async () => {
    await using server = await listen('short.sock', (socket) => void socket.end('bye'));
    const waiting = Promise.withResolvers<void>();
    const requests = async function* () {
      yield { path: server.path };
      await waiting.promise;
    };
    const answers = await Array.fromAsync((await engine.onHost()).dial(requests()));
    expect(Buffer.concat(answers.map(({ data }) => data)).toString()).toBe('bye');
    waiting.resolve();
  });

  it('says who listens, and whether that is root of this host', async () => {
    const listener = async (path: string) => {
      const requests = async function* () {
        yield { path };
      };
      const [{ listenerUid, listenerIsHosts } = {}] = await Array.fromAsync((await engine.onHost()).dial(requests()));
      return [listenerUid, listenerIsHosts];
    };
    await using own = await listen('root.sock', (socket) => void socket.end());
    expect(await listener(own.path)).toEqual([0, true]);
    chmodSync(outside.path, 0o777);
    const script = `import os, socket, sys
os.setuid(int(sys.argv[2]))
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
print(flush=True)
s.accept()[0].close()`;
    for (const [name, uid, wrap] of [['users', 65534, []], ['elsewhere', 0, ['unshare', '--mount']]] as const) {
      const path = join(outside.path, `${name}.sock`);
      const [program = '', ...args] = [...wrap, 'python3', '-c', script, path, String(uid)];
      const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      const exited = once(child, 'exit');
      await once(child.stdout, 'data');
      expect(await listener(path)).toEqual([uid, false]);
      await exited;
    }
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
    for (const own of [engine.root.paths.service('volumes'), engine.root.path, '/', '/proc/self/root']) await expect(read(own)).rejects.toThrow('PERMISSION_DENIED');
    for (const path of [directory, copy]) rmSync(path, { recursive: true });
  });

  it('reads what it has looked at, whatever takes the name meanwhile', async () => {
    const [directory, moved] = [join(outside.path, 'looked-at'), join(outside.path, 'moved')];
    mkdirSync(directory);
    writeFileSync(join(directory, 'innocent'), '');
    const signal = new AbortController().signal;
    await using tree = await openHostTree(directory, [engine.root.path], signal);
    renameSync(directory, moved);
    symlinkSync(engine.root.path, directory);
    const archive = Buffer.concat(await Array.fromAsync(tree.read(signal)));
    expect(execFileSync('tar', ['-t'], { input: archive, encoding: 'utf8' })).toBe('./\n./innocent\n');
  });

  it('is not led to what another mount namespace has', async () => {
    const child = spawn('unshare', ['--mount', 'sh', '-euc', `mount -t tmpfs tmpfs "$1"; echo; exec sleep 1000`, 'sh', outside.path], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    await once(child.stdout, 'data');
    const read = Array.fromAsync((await engine.onHost()).readTree({ path: `/proc/${child.pid}/root${outside.path}` }));
    await expect(read).rejects.toThrow('is not a path of this host');
    child.kill();
    await exited;
  });
});
