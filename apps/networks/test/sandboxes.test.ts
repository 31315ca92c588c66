import { existsSync } from 'node:fs';
import type { Sandbox } from '@arcbox/proto/arcbox/engine/v1/network';
import { describeIf, freePort, itIf } from '@arcbox/testing';
import { run } from '../src/command.ts';
import { type Engine, newId, type Replica, startEngine } from './engine.ts';
import { freeBlock } from './free-block.ts';
import { listenAt, runAt, startOutside, talk } from './places.ts';

type Spec = Parameters<Engine['sandboxes']['open']>[0];

async function open({ sandboxes }: Pick<Replica, 'sandboxes'>, name: string, spec: Spec = {}): Promise<Sandbox> {
  const networks = spec.networks ?? [{ network: 'bridge' }];
  const { sandbox } = await sandboxes.open({ ...spec, containerId: spec.containerId ?? newId(), containerName: name, networks });
  if (!sandbox) throw new Error('no sandbox in the answer');
  return sandbox;
}

function addressOf(sandbox: Sandbox, index = 0): string {
  return sandbox.endpoints[index]?.ipv4Address.split('/')[0] ?? '';
}

async function ping(from: string, address: string): Promise<boolean> {
  return runAt(from, 'busybox', ['ping', '-c1', '-W1', address]).then(
    () => true,
    () => false,
  );
}

describeIf(['root', 'ip', 'nft', 'nsenter', 'socat', 'busybox'], 'sandboxes', () => {
  let engine: Engine;

  beforeAll(async () => {
    engine = await startEngine();
  });

  afterEach(async () => {
    const { sandboxes } = await engine.sandboxes.list({});
    await close(...sandboxes);
  });

  afterAll(() => engine[Symbol.asyncDispose]());

  it('a container may have the longest name', async () => {
    const name = 'n'.repeat(255);
    const { containerId } = await open(engine, name);
    expect((await engine.networks.inspect({ id: 'bridge' })).containers[containerId]?.name).toBe(name);
  });

  it('two on the default network reach each other at once', async () => {
    const a = await open(engine, 'a');
    const b = await open(engine, 'b');
    expect(await ping(a.netnsPath, addressOf(b))).toBe(true);
    expect(await ping(b.netnsPath, addressOf(a))).toBe(true);
    expect(a.endpoints[0]).toMatchObject({ interface: 'eth0', networkName: 'bridge' });
    expect(a.endpoints[0]?.macAddress).toMatch(/^02:42:/);
    const info = await engine.networks.inspect({ id: 'bridge' });
    expect(info.containers[a.containerId]).toEqual({
      name: 'a',
      endpointId: a.endpoints[0]?.id,
      ipv4Address: a.endpoints[0]?.ipv4Address,
      ipv6Address: '',
      macAddress: a.endpoints[0]?.macAddress,
    });
    await close(a, b);
  });

  it('reach other machines with the address of the host', async () => {
    await using outside = await startOutside();
    await using _server = await listenAt(outside.place, 'tcp', 7000, 'outside');
    const a = await open(engine, 'a');
    expect(await talk(a.netnsPath, 'tcp', outside.address, 7000)).toBe(`outside ${outside.host}`);
    await close(a);
  });

  it('publish a port to loopback, to other machines and to other containers', async () => {
    await using outside = await startOutside();
    const port = await freePort();
    const a = await open(engine, 'a', { ports: [{ containerPort: 80, hostPort: port }] });
    const b = await open(engine, 'b');
    await using _server = await listenAt(a.netnsPath, 'tcp', 80, 'web');
    expect(await talk('host', 'tcp', '127.0.0.1', port)).toMatch(/^web /);
    expect(await talk('host', 'tcp', outside.host, port)).toMatch(/^web /);
    expect(await talk(outside.place, 'tcp', outside.host, port)).toBe(`web ${outside.address}`);
    expect(await talk(b.netnsPath, 'tcp', outside.host, port)).toMatch(/^web /);
    // Its own port as well: the answer must not take the short way.
    expect(await talk(a.netnsPath, 'tcp', outside.host, port)).toMatch(/^web /);
    await close(a, b);
  });

  it('publish UDP, and on one address only when asked to', async () => {
    await using outside = await startOutside();
    const port = await freePort();
    const ports = [
      { containerPort: 53, hostPort: port, protocol: 'udp' },
      { containerPort: 80, hostPort: port, hostIp: '127.0.0.1' },
    ];
    const a = await open(engine, 'a', { ports });
    await using _udp = await listenAt(a.netnsPath, 'udp', 53, 'dns');
    await using _tcp = await listenAt(a.netnsPath, 'tcp', 80, 'web');
    expect(await talk(outside.place, 'udp', outside.host, port)).toBe(`dns ${outside.address}`);
    expect(await talk('host', 'udp', '127.0.0.1', port)).toMatch(/^dns /);
    expect(await talk('host', 'tcp', '127.0.0.1', port)).toMatch(/^web /);
    await expect(talk(outside.place, 'tcp', outside.host, port)).rejects.toThrow();
    await close(a);
  });

  itIf(['conntrack'], 'take over the UDP flows of the container before', async () => {
    await using outside = await startOutside();
    const port = await freePort();
    const ports = [{ containerPort: 53, hostPort: port, protocol: 'udp' }];
    // A client that keeps its own port, as loggers and resolvers do.
    const client = 30_000 + (port % 10_000);
    const ask = (): Promise<string> => talk(outside.place, 'udp', outside.host, port, { ownPort: client });
    for (const name of ['first', 'second']) {
      const sandbox = await open(engine, name, { ports });
      await using _server = await listenAt(sandbox.netnsPath, 'udp', 53, name);
      expect(await ask()).toMatch(name);
      await close(sandbox);
      // Takes the address that has become free.
      await open(engine, `after-${name}`);
    }
  });

  it('let nobody in whom they did not ask', async () => {
    await using outside = await startOutside();
    const a = await open(engine, 'a');
    await using _server = await listenAt(a.netnsPath, 'tcp', 80, 'web');
    await runAt(outside.place, 'ip', ['route', 'add', 'default', 'via', outside.host]);
    await expect(talk(outside.place, 'tcp', addressOf(a), 80)).rejects.toThrow();
    await close(a);
  });

  it('say who has a port', async () => {
    const port = await freePort();
    const a = await open(engine, 'a', { ports: [{ containerPort: 80, hostPort: port }] });
    const ports = [{ containerPort: 81, hostPort: port }];
    await expect(open(engine, 'b', { ports })).rejects.toThrow(
      `FAILED_PRECONDITION: port ${port}/tcp is already published by container a`,
    );
    await close(a);
    await using _host = await listenAt('host', 'tcp', port, 'host');
    await expect(open(engine, 'b', { ports })).rejects.toThrow(
      `FAILED_PRECONDITION: port ${port}/tcp is already in use on this host`,
    );
    await expect(open(engine, 'b', { ports: [...ports, ...ports] })).rejects.toThrow(/port/);
    expect((await engine.sandboxes.list({})).sandboxes).toEqual([]);
  });

  it('give ports and addresses back at once', async () => {
    const ports = [{ containerPort: 80, hostPort: await freePort() }];
    for (const name of ['first', 'second', 'third']) {
      const sandbox = await open(engine, name, { ports });
      expect(sandbox.ports).toMatchObject(ports);
      await using _server = await listenAt(sandbox.netnsPath, 'tcp', 80, name);
      expect(await talk('host', 'tcp', '127.0.0.1', ports[0]?.hostPort ?? 0)).toMatch(name);
      await close(sandbox);
      expect(existsSync(sandbox.netnsPath)).toBe(false);
    }
    const [a, b] = [await open(engine, 'a'), await open(engine, 'b')];
    await close(a);
    const c = await open(engine, 'c');
    expect(addressOf(c)).toBe(addressOf(a));
    await close(b, c);
  });

  it('choose free host ports, a thousand in one call', async () => {
    const ports = Array.from({ length: 1000 }, (_, index) => ({ containerPort: index + 1 }));
    const a = await open(engine, 'a', { ports });
    const chosen = a.ports.map(({ hostPort }) => hostPort);
    expect(new Set(chosen).size).toBe(1000);
    expect(Math.min(...chosen)).toBeGreaterThan(1024);
    await close(a);
  });

  it('open twice with the same request are the same, with another are refused', async () => {
    const containerId = newId();
    const a = await open(engine, 'a', { containerId });
    expect(await open(engine, 'a', { containerId })).toEqual(a);
    await expect(open(engine, 'a', { containerId, networks: [] })).rejects.toThrow('FAILED_PRECONDITION');
    await close(a);
    await close(a);
  });

  it('without a network have loopback only', async () => {
    const a = await open(engine, 'a', { networks: [] });
    expect(a.endpoints).toEqual([]);
    const links = JSON.parse(await runAt(a.netnsPath, 'ip', ['-j', 'link'])) as { ifname: string; flags: string[] }[];
    expect(links.map(({ ifname, flags }) => [ifname, flags.includes('UP')])).toEqual([['lo', true]]);
    expect((await engine.networks.inspect({ id: 'none' })).containers[a.containerId]?.name).toBe('a');
    await close(a);
  });

  it('on unknown or impossible networks leave nothing', async () => {
    await expect(open(engine, 'a', { networks: [{ network: 'nowhere' }] })).rejects.toThrow('NOT_FOUND: no such network: nowhere');
    await expect(open(engine, 'a', { networks: [{ network: 'host' }] })).rejects.toThrow('INVALID_ARGUMENT');
    await expect(open(engine, 'a', { networks: [{ network: 'bridge', ipv4Address: '10.9.9.9' }] })).rejects.toThrow('INVALID_ARGUMENT');
    expect((await engine.sandboxes.list({})).sandboxes).toEqual([]);
  });

  it('survive somebody flushing the table, and a restart of the worker', async () => {
    const port = await freePort();
    const a = await open(engine, 'a', { ports: [{ containerPort: 80, hostPort: port }] });
    await using _server = await listenAt(a.netnsPath, 'tcp', 80, 'web');
    await run('nft', ['delete', 'table', 'inet', engine.table]);
    await expect(talk('host', 'tcp', '127.0.0.1', port)).rejects.toThrow();
    await using second = await engine.start('1');
    expect(await talk('host', 'tcp', '127.0.0.1', port)).toMatch(/^web /);
    expect((await second.sandboxes.list({})).sandboxes).toEqual([a]);
    await run('nft', ['delete', 'table', 'inet', engine.table]);
    const b = await open(second, 'b', { ports: [{ containerPort: 80 }] });
    expect(await talk('host', 'tcp', '127.0.0.1', port)).toMatch(/^web /);
    await close(a, b);
  });

  it('come back on their bridge after it was deleted, and go when their namespace has gone', async () => {
    // Of no pool: another engine on this machine would take the subnet while the bridge is away.
    const ipam = { subnets: [{ subnet: `10.${freeBlock()}.0.0/16` }] };
    const { id } = await engine.networks.create({ name: 'app', ipam });
    const networks = [{ network: 'app' }];
    const [a, b] = [await open(engine, 'a', { networks }), await open(engine, 'b', { networks })];
    const { options } = await engine.networks.inspect({ id });
    await run('ip', ['link', 'del', options['com.docker.network.bridge.name'] ?? '']);
    await run('umount', ['-l', b.netnsPath]);
    await using second = await engine.start('1');
    expect((await second.sandboxes.list({})).sandboxes).toEqual([a]);
    const c = await open(second, 'c', { networks });
    expect(await ping(a.netnsPath, addressOf(c))).toBe(true);
    await close(a, c);
  });

  it('of two replicas never get the same address or port', async () => {
    await using second = await engine.start('1');
    const opened = await Promise.all(
      Array.from({ length: 50 }, (_, index) => open(index % 2 ? second : engine, `c${index}`, { ports: [{ containerPort: 80 }] })),
    );
    expect(new Set(opened.map((sandbox) => addressOf(sandbox))).size).toBe(50);
    expect(new Set(opened.map(({ ports }) => ports[0]?.hostPort)).size).toBe(50);
    await Promise.all(opened.map(({ containerId }, index) => (index % 3 ? second : engine).sandboxes.close({ containerId })));
    expect((await second.sandboxes.list({})).sandboxes).toEqual([]);
  });

  it('that another replica closes leave their ports to the next at once', async () => {
    await using second = await engine.start('1');
    const ports = [{ containerPort: 80, hostPort: await freePort() }];
    for (let round = 0; round < 10; round++) {
      const { containerId } = await open(engine, `c${round}`, { ports });
      await second.sandboxes.close({ containerId });
    }
  });

  async function close(...sandboxes: Sandbox[]): Promise<void> {
    for (const { containerId } of sandboxes) await engine.sandboxes.close({ containerId });
  }
});
