import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemUser } from '@arcbox/config';
import { bundle, describeIf, eventually, type NatsServer, startNats, temporaryRoot, type TemporaryRoot } from '@arcbox/testing';

/** Any unprivileged user that every Debian has. */
const user = 'nobody';

describe('runWorker', () => {
  let programs: TemporaryRoot;
  let root: TemporaryRoot;
  let nats: NatsServer;
  let program: string;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    nats = await startNats();
    programs = temporaryRoot();
    program = bundle(join(import.meta.dirname, 'worker-process.ts'), programs.path);
    chmodSync(programs.path, 0o755);
  });
  afterAll(async () => {
    await nats[Symbol.asyncDispose]();
    await programs[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    root = temporaryRoot();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await root[Symbol.asyncDispose]();
  });

  const launch = (name: string, behaviour: string, env: NodeJS.ProcessEnv = {}) => {
    const child = spawn(process.execPath, [program, name, behaviour], {
      env: { PATH: process.env['PATH'], ARCBOX_ROOT: root.path, ARCBOX_NATS_URL: nats.url, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
      child.once('close', (code, signal) => resolve({ code, signal })),
    );
    return {
      child,
      ended,
      output: () => output,
      says: (words: string) => eventually(() => expect(output).toContain(words)),
    };
  };

  it('starts, stops in order at a signal, and leaves no socket', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const worker = launch('images', '');
      await worker.says('"started"');
      expect(statSync(root.paths.workerSocket('images-0')).mode & 0o777).toBe(0o660);
      worker.child.kill(signal);
      expect(await worker.ended).toEqual({ code: 0, signal: null });
      expect(worker.output()).toContain(`"signal":"${signal}"`);
      expect(worker.output()).toContain('"stopped"');
      expect(statSync(root.paths.workerSocket('images-0'), { throwIfNoEntry: false })).toBeUndefined();
    }
  });

  it('starts and stops also without the bus', async () => {
    const worker = launch('images', '', { ARCBOX_NATS_URL: 'nats://127.0.0.1:1' });
    await worker.says('"started"');
    const stopping = performance.now();
    worker.child.kill('SIGTERM');
    expect(await worker.ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - stopping).toBeLessThan(2_500);
  });

  it('ends with 1 and its reason when it cannot start', async () => {
    const refusing = launch('images', 'refuses');
    expect(await refusing.ended).toEqual({ code: 1, signal: null });
    const last = JSON.parse(refusing.output().trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
    expect(last).toMatchObject({ level: 60, msg: 'other machines could reach it', worker: 'images-0' });

    const misconfigured = launch('gateway', '', { ARCBOX_LISTEN: 'nowhere' });
    expect(await misconfigured.ended).toEqual({ code: 1, signal: null });
    expect(misconfigured.output()).toContain('ARCBOX_LISTEN: not host:port: nowhere');

    const tooLong = launch('images', '', { ARCBOX_ROOT: join(root.path, 'x'.repeat(100)) });
    expect(await tooLong.ended).toEqual({ code: 1, signal: null });
    expect(tooLong.output()).toContain('choose a shorter root');
  });

  it('ends with 70 when there is a bug', async () => {
    for (const [behaviour, words] of [
      ['has a bug', 'a bug'],
      ['has another bug', 'another bug'],
    ] as const) {
      const worker = launch('images', behaviour);
      expect(await worker.ended).toEqual({ code: 70, signal: null });
      expect(worker.output()).toContain(words);
      expect(worker.output()).toContain('"unexpected error"');
    }
  });

  it('a signal during the start is not forgotten', async () => {
    const slow = launch('images', 'starts slowly');
    await slow.says('"prepared"');
    slow.child.kill('SIGTERM');
    expect(await slow.ended).toEqual({ code: 0, signal: null });

    const never = launch('images', 'never starts');
    await never.says('"prepared"');
    never.child.kill('SIGTERM');
    expect(await never.ended).toEqual({ code: 1, signal: null });
    expect(never.output()).toContain('did not stop in time');
  });

  it('ends hard what does not stop, at once at a second signal', async () => {
    const stuck = launch('images', 'stops never');
    await stuck.says('"started"');
    const stopping = performance.now();
    stuck.child.kill('SIGTERM');
    expect(await stuck.ended).toEqual({ code: 1, signal: null });
    expect(performance.now() - stopping).toBeLessThan(6_000);

    const hurried = launch('images', 'stops never');
    await hurried.says('"started"');
    hurried.child.kill('SIGTERM');
    await hurried.says('"stopping"');
    hurried.child.kill('SIGTERM');
    expect(await hurried.ended).toEqual({ code: null, signal: 'SIGTERM' });

    const bad = launch('images', 'stops badly');
    await bad.says('"started"');
    bad.child.kill('SIGTERM');
    expect(await bad.ended).toEqual({ code: 1, signal: null });
    expect(bad.output()).toContain('cannot stop');
  });

  describeIf(['root'], 'privileges', () => {
    const account = systemUser(user);
    const start = async (name: string, replica = '0') => {
      const worker = launch(name, '', { ARCBOX_USER: user, ARCBOX_REPLICA: replica });
      await worker.says('"started"');
      return worker;
    };
    const owner = (path: string): string => {
      const { mode, uid, gid } = statSync(path);
      return `${(mode & 0o7777).toString(8)} ${uid} ${gid}`;
    };
    beforeEach(() => chmodSync(root.path, 0o755));

    it('are dropped where none are needed, after the preparation; directories let both kinds meet', async () => {
      const { uid, gid } = account ?? { uid: -1, gid: -1 };
      const system = await start('system');
      const images = await start('images');
      expect(system.output()).toContain('{"msg":"prepared","uid":0}');
      expect(system.output()).toContain(`"uid":${uid},"msg":"started"`);
      expect(images.output()).toContain('"uid":0,"msg":"started"');
      const { run: sockets } = root.paths;
      expect(owner(root.path)).toBe('711 0 0');
      expect(owner(sockets)).toBe(`1775 0 ${gid}`);
      expect(owner(join(sockets, 'workers'))).toBe(`1770 0 ${gid}`);
      expect(owner(root.paths.workerSocket('system-0'))).toBe(`660 ${uid} ${gid}`);
      expect(owner(root.paths.workerSocket('images-0'))).toBe(`660 0 ${gid}`);
      expect(owner(root.paths.service('system'))).toBe(`700 ${uid} ${gid}`);
      expect(owner(root.paths.service('images'))).toBe('700 0 0');
      // The umask of a worker: nobody else writes.
      expect(owner(join(root.paths.service('images'), 'state'))).toBe('644 0 0');
    });

    it('what a worker left that ran as root is taken over by its user', async () => {
      mkdirSync(join(root.paths.run, 'workers'), { recursive: true });
      const asRoot = launch('system', '', { ARCBOX_USER: '' });
      await asRoot.says('"started"');
      asRoot.child.kill('SIGKILL');
      await asRoot.ended;
      expect(statSync(root.paths.workerSocket('system-0')).uid).toBe(0);
      const system = await start('system');
      expect(statSync(root.paths.workerSocket('system-0')).uid).toBe(account?.uid);
      system.child.kill('SIGTERM');
      expect(await system.ended).toEqual({ code: 0, signal: null });
    });

    it('an unknown user is refused by name', async () => {
      const worker = launch('system', '', { ARCBOX_USER: 'no-such-user' });
      expect(await worker.ended).toEqual({ code: 1, signal: null });
      expect(worker.output()).toContain('no such user: no-such-user');
    });
  });
});
