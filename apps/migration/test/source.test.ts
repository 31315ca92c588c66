import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HostServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/host';
import { canBeSilent, describeIf, eventually, mountSilent, startInProcess, startNats, type TemporaryRoot, temporaryRoot } from '@arcbox/testing';
import { startWorker as volumes } from '../../volumes/src/worker.ts';
import type { PlannedVolume, Plans } from '../src/plan/plan.ts';
import { preparePlan } from '../src/plan/prepare.ts';
import type { RunContext } from '../src/run/context.ts';
import { readVolume } from '../src/run/read-volume.ts';
import { findSource, openPlanned, openSource } from '../src/source/find-source.ts';
import { Host } from '../src/source/host-client.ts';
import type { Targets } from '../src/target/targets.ts';
import { startFakeEngine } from './fake-engine.ts';

const nobody = 65534;

const needs = canBeSilent() ? ['root', 'nats-server'] : ['a kernel with FUSE'];

describeIf(needs, 'an engine that somebody on this host runs', () => {
  const { signal } = new AbortController();
  const stack = new AsyncDisposableStack();
  let outside: TemporaryRoot;
  let clients: ConstructorParameters<typeof Host>[0];
  let host: Host;
  beforeAll(async () => {
    const nats = stack.use(await startNats());
    const place = { root: stack.use(temporaryRoot()), natsUrl: nats.url };
    outside = stack.use(temporaryRoot());
    chmodSync(outside.path, 0o777);
    stack.use(await startInProcess('volumes', volumes, place));
    const looker = stack.use(await startInProcess('system', async () => ({ [Symbol.asyncDispose]: async () => {} }), place));
    clients = looker.host.clients;
    await eventually(() => clients.of(HostServiceDefinition));
    host = new Host(clients);
  });
  afterAll(() => stack.disposeAsync());
  const socketOf = (name: string): string => join(outside.path, `${name}.sock`);

  it('is taken without being named when it is that of root, or the only one of a kind that users run', async () => {
    const [root, one, other] = [socketOf('root'), socketOf('one'), socketOf('other')];
    await using _one = await startFakeEngine(one, { uid: nobody });
    await using _other = await startFakeEngine(other, { uid: 1 });
    const find = async (kind: string, candidates: string[], socket = ''): Promise<string> => {
      await using found = await findSource(host, { kind, socket }, signal, candidates);
      return found.socket;
    };
    expect(await find('colima', [root, one])).toBe(one);
    await expect(find('colima', [one, other])).rejects.toMatchObject({ kind: 'failed-precondition', message: expect.stringContaining(`${one} of user ${nobody}, ${other} of user 1`) });
    await expect(find('docker', [root, one])).rejects.toThrow(`root runs no engine of kind docker; name the socket that is meant: ${one} of user ${nobody}`);
    expect(await find('docker', [one], one)).toBe(one);
    await using _root = await startFakeEngine(root);
    expect(await find('docker', [one, root])).toBe(root);
  });

  it('is told about in the plan when it is that of a user', async () => {
    const socket = socketOf('told');
    await using _engine = await startFakeEngine(socket, { uid: nobody });
    const targets = { networks: { all: () => Promise.resolve([]) } } as unknown as Targets;
    const parts = { host, targets, plans: {} as Plans };
    const plan = await preparePlan(parts, { kind: 'docker', socket, allowReplacements: false, dryRun: true }, signal);
    expect(plan).toMatchObject({ listener: { uid: nobody, isHosts: false }, warnings: [expect.stringContaining(`the engine at ${socket} is that of user ${nobody}, not of root`)] });
  });

  it('is that of the plan, or nothing is done', async () => {
    const socket = socketOf('changing');
    const planned = { socket, listener: { uid: 0, isHosts: true } };
    {
      await using _root = await startFakeEngine(socket);
      await using docker = await openPlanned(host, planned, signal);
      expect(docker.listener).toEqual(planned.listener);
      await expect(openPlanned(host, { socket }, signal)).rejects.toThrow('is not that of the plan');
    }
    execFileSync('rm', ['-f', socket]);
    await using _other = await startFakeEngine(socket, { uid: nobody });
    await expect(openPlanned(host, planned, signal)).rejects.toMatchObject({ kind: 'failed-precondition', message: `the engine at ${socket} is not that of the plan: make another` });
  });

  it('is believed where its volumes are when it is that of root, and else has to give what they hold', async () => {
    const secret = join(outside.path, 'secret');
    mkdirSync(secret);
    writeFileSync(join(secret, 'key'), '');
    const stat = { mode: 0o755, mtime: new Date(1e12).toISOString() };
    execFileSync('touch', ['-d', '@1000000000', secret]);
    chmodSync(secret, 0o755);
    expect(statSync(secret).mtimeMs).toBe(1e12);
    const content = execFileSync('tar', ['-c', '-P', '-T', '/dev/null', '--transform', 's,.*,given,', '/etc/hostname']);
    const namesIn = async (uid: number): Promise<string> => {
      const socket = socketOf(`of-${uid}`);
      await using _engine = await startFakeEngine(socket, { uid, stat, content });
      await using source = await openSource(host, socket, signal);
      const context = { source, host, signal, journal: { warn: () => {} } } as unknown as RunContext;
      const volume: PlannedVolume = { order: { name: 'v', options: {}, labels: {} }, mountpoint: secret, seenBy: { id: 'c', path: '/v' } };
      await using reading = await readVolume(context, volume);
      return execFileSync('tar', ['-t'], { input: Buffer.concat(await Array.fromAsync(reading.content)), encoding: 'utf8' });
    };
    expect(await namesIn(0)).toBe('./\n./key\n');
    expect(await namesIn(nobody)).toBe('given\n');
  });

  it('has no directory that is waited for for ever', async () => {
    const directory = join(outside.path, 'silent');
    mkdirSync(directory);
    using _silent = mountSilent(directory);
    await expect(new Host(clients, 300).readTree(directory, signal)).rejects.toMatchObject({ kind: 'unavailable', message: `nothing more comes of ${directory}` });
  });
});
