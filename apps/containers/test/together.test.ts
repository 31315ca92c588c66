import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ImageStoreServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/image';
import { SandboxServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/network';
import { NetworkServiceDefinition, VolumeServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { readMounts } from '@arcbox/linux';
import { describeIf, eventually, freePort } from '@arcbox/testing';
import { startWorker as images } from '../../images/src/worker.ts';
import { ownLinks, removeLinks } from '../../networks/src/links.ts';
import { startWorker as networks, tagOf } from '../../networks/src/worker.ts';
import { startWorker as volumes } from '../../volumes/src/worker.ts';
import { busyboxArchive } from './busybox-archive.ts';
import { historyOf, needs, output, run, startEngine, type TestEngine } from './engine.ts';

/** The real workers; what networks leave in the kernel for the containers that live on goes at the end. */
async function startTogether(): Promise<TestEngine> {
  const engine = await startEngine({ peers: { images, networks, volumes } });
  const tag = tagOf(engine.worker.host.node);
  const store = await engine.worker.host.clients.of(ImageStoreServiceDefinition);
  await store.import(pieces(busyboxArchive()));
  const end = async (): Promise<void> => {
    await engine[Symbol.asyncDispose]();
    await removeLinks((await ownLinks(tag)).map(({ name }) => name));
    execFileSync('nft', ['-f', '-'], { input: `table inet arcbox_${tag}\ndelete table inet arcbox_${tag}\n` });
  };
  return { ...engine, [Symbol.asyncDispose]: end };
}

async function* pieces(archive: Buffer): AsyncGenerator<{ data: Buffer; eof: boolean }, void, undefined> {
  for (let at = 0; at < archive.length; at += 1 << 20) yield { data: archive.subarray(at, at + (1 << 20)), eof: false };
  yield { data: Buffer.alloc(0), eof: true };
}

describeIf([...needs, 'ip', 'nft', 'nsenter'], 'with images, networks and volumes', () => {
  it('a container has a root, an address and a way to its gateway', async () => {
    await using engine = await startTogether();
    const text = await output(engine, ['sh', '-c', 'ip -4 addr show eth0 | grep inet; ping -c1 -W2 $(ip route | awk "/default/{print \\$3}") | grep received; cat /etc/hosts']);
    expect(text).toMatch(/inet \d+\.\d+\.\d+\.\d+\/\d+/);
    expect(text).toContain('1 packets received');
    expect(text).toMatch(/^\d+\.\d+\.\d+\.\d+\t[0-9a-f]{12}$/m);
  });

  it('anonymous volumes of a container that never came to be go', async () => {
    await using engine = await startTogether();
    const store = await engine.worker.host.clients.of(VolumeServiceDefinition);
    // The second volume cannot be: the first has been made by then.
    const mounts = [{ target: '/v' }, { source: 'v'.repeat(256), target: '/w' }];
    await expect(engine.containers.create({ image: 'busybox', mounts })).rejects.toThrow('INVALID_ARGUMENT');
    expect((await store.list({})).volumes).toEqual([]);
    const id = 'd'.repeat(64);
    await store.create({ labels: { 'com.arcbox.container': id } });
    await engine.worker[Symbol.asyncDispose]();
    mkdirSync(join(engine.root.path, 'containers', id));
    const { worker } = await engine.replica('1');
    const volumesNow = await worker.host.clients.of(VolumeServiceDefinition);
    await eventually(async () => expect((await volumesNow.list({})).volumes).toEqual([]));
  });

  it('volumes with options of their own are used as they are', async () => {
    await using engine = await startTogether();
    const store = await engine.worker.host.clients.of(VolumeServiceDefinition);
    await store.create({ name: 'small', driverOpts: { type: 'tmpfs', device: 'tmpfs', o: 'size=1m' } });
    expect(await output(engine, ['df', '/v'], { mounts: [{ source: 'small', target: '/v' }] })).toContain(' 1024 ');
    for (const { id } of (await engine.containers.list({ all: true })).containers) await engine.containers.remove({ id });
    await store.remove({ name: 'small' });
  });

  it('published ports answer while it runs and are free again after it', async () => {
    await using engine = await startTogether();
    const hostPort = await freePort();
    const serve = ['sh', '-c', 'mkdir /www; echo it works > /www/index.html; exec httpd -f -p 80 -h /www'];
    const request = { ports: [{ containerPort: 80, hostPort }] };
    const first = await run(engine, serve, request);
    await eventually(async () => {
      const answer = await fetch(`http://127.0.0.1:${hostPort}/`, { headers: { connection: 'close' } });
      expect(await answer.text()).toBe('it works\n');
    });
    expect((await engine.containers.list({})).containers[0]?.ports).toMatchObject([{ containerPort: 80, hostPort, protocol: 'tcp' }]);
    const second = await engine.containers.create({ image: 'busybox', cmd: serve, ...request });
    await expect(engine.containers.start({ id: second.id })).rejects.toThrow(new RegExp(`FAILED_PRECONDITION: .*${hostPort}`));
    await engine.engine.stop({ id: first.id, timeoutSeconds: 0 });
    await engine.containers.start({ id: second.id });
    await engine.containers.remove({ id: second.id, force: true });
    await new Promise<void>((resolve, reject) => {
      const server = createServer().once('error', reject).listen(hostPort, () => server.close(() => resolve()));
    });
  });

  it('containers of one network find each other by name', async () => {
    await using engine = await startTogether();
    const service = await engine.worker.host.clients.of(NetworkServiceDefinition);
    await service.create({ name: 'friends' });
    await run(engine, ['sleep', '1000'], { name: 'alice', networkMode: 'friends' });
    expect(await output(engine, ['ping', '-c1', '-W2', 'alice'], { networkMode: 'friends' })).toContain('1 packets received');
    await engine.containers.remove({ id: 'alice', force: true });
    const { containers: left } = await engine.containers.list({ all: true });
    for (const { id } of left) await engine.containers.remove({ id });
    await service.remove({ id: 'friends' });
  });

  it('volumes keep what containers write, anonymous ones go with them', async () => {
    await using engine = await startTogether();
    const service = await engine.worker.host.clients.of(VolumeServiceDefinition);
    await output(engine, ['sh', '-c', 'echo kept > /v/f'], { mounts: [{ source: 'kept', target: '/v' }] });
    const mounts = [{ source: 'kept', target: '/v' }, { source: '', type: 'volume', target: '/data' }];
    const { id } = await engine.containers.create({ image: 'busybox', cmd: ['cat', '/v/f', '/data/from-image'], mounts });
    await engine.containers.start({ id });
    expect((await engine.containers.wait({ id })).statusCode).toBe(0n);
    expect((await service.list({})).volumes).toHaveLength(2);
    await engine.containers.remove({ id, volumes: true });
    expect((await service.list({})).volumes.map(({ name }) => name)).toEqual(['kept']);
  });

  it('volumes are mounted before a container starts and free when it has died, and all hear of it', async () => {
    await using engine = await startTogether();
    const { id } = await run(engine, ['true'], { mounts: [{ source: 'data', target: '/data' }, { source: 'seen', target: '/seen', readonly: true }] });
    await engine.containers.wait({ id });
    const told = await eventually(async () => {
      const events = (await historyOf(engine)).filter(({ actor }) => actor?.id === id || actor?.attributes['container'] === id);
      const own = events.filter(({ type, action }) => type === 'volume' || action === 'start' || action === 'die');
      expect(own).toHaveLength(6);
      return own;
    });
    expect(told.map(({ action, actor }) => [action, actor?.attributes['name'], actor?.attributes['read/write']])).toEqual([
      ['mount', 'data', 'true'],
      ['mount', 'seen', 'false'],
      ['start', expect.any(String), undefined],
      ['die', expect.any(String), undefined],
      ['unmount', 'data', undefined],
      ['unmount', 'seen', undefined],
    ]);
    expect(told[0]?.actor?.attributes).toMatchObject({ container: id, destination: '/data', driver: 'local' });
  });

  it('twenty come and go, and nothing of them stays', async () => {
    await using engine = await startTogether();
    const { containers, root, worker } = engine;
    const lives = Array.from({ length: 20 }, async (_, i) => {
      const { id } = await run(engine, ['sh', '-c', `exit ${i}`]);
      expect((await containers.wait({ id })).statusCode).toBe(BigInt(i));
      await containers.remove({ id });
    });
    await Promise.all(lives);
    expect(readMounts().filter((path) => path.startsWith(root.path))).toEqual([]);
    const sandboxes = await worker.host.clients.of(SandboxServiceDefinition);
    expect((await sandboxes.list({})).sandboxes).toEqual([]);
  });
});
