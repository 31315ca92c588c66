import { createServer } from 'node:net';
import { join } from 'node:path';
import { EventLog } from '@arcbox/events';
import { openStore } from '@arcbox/store';
import { describeIf, freePort } from '@arcbox/testing';
import { run } from '../src/command.ts';
import { Records } from '../src/records.ts';
import { type Engine, newId, startEngine } from './engine.ts';
import { freeBlock } from './free-block.ts';
import { listenAt, runAt, talk } from './places.ts';

describeIf(['root', 'ip', 'nft', 'nsenter', 'socat', 'busybox'], 'a sandbox that is open', () => {
  let engine: Engine;

  beforeAll(async () => {
    engine = await startEngine();
    const subnet = `10.${freeBlock()}.3.0/24`;
    await engine.networks.create({ name: 'four', ipam: { subnets: [{ subnet }] } });
    await engine.networks.create({ name: 'six', enableIpv6: true });
    await engine.networks.create({ name: 'inner', internal: true });
  });

  afterAll(() => engine[Symbol.asyncDispose]());

  async function open(network: string, ports: { containerPort: number; hostPort: number }[] = []) {
    const containerId = newId();
    const { sandbox } = await engine.sandboxes.open({ containerId, containerName: 'web', networks: [{ network }], ports });
    return { containerId, netns: sandbox?.netnsPath ?? '', endpoints: sandbox?.endpoints ?? [] };
  }

  it('joins and leaves networks: interface, routes and ports follow', async () => {
    const hostPort = await freePort();
    const { containerId, netns } = await open('four', [{ containerPort: 80, hostPort }]);
    await using _server = await listenAt(netns, 'tcp6', 80, 'web');
    const { sandbox: both } = await engine.sandboxes.join({ containerId, endpoint: { network: 'six', aliases: ['also'] } });
    const six = both?.endpoints[1];
    expect(six).toMatchObject({ networkName: 'six', interface: 'eth1', aliases: ['also'] });
    expect(await engine.sandboxes.join({ containerId, endpoint: { network: 'six' } })).toEqual({ sandbox: both });
    expect(await runAt(netns, 'ip', ['route'])).toContain('dev eth0');
    // IPv6 comes with the network that has it.
    expect(await runAt(netns, 'ip', ['-6', 'route', 'show', 'default'])).toContain(`via ${six?.ipv6Gateway} dev eth1`);
    expect(await talk('host', 'tcp', six?.ipv6Gateway ?? '', hostPort)).toMatch(/^web /);
    const { sandbox: left } = await engine.sandboxes.leave({ containerId, network: 'four' });
    expect(left?.endpoints).toEqual([six]);
    expect(await runAt(netns, 'ip', ['route', 'show', 'default'])).toContain(`via ${six?.gateway} dev eth1`);
    expect(await talk('host', 'tcp', '127.0.0.1', hostPort)).toMatch(/^web /);
    expect((await engine.networks.inspect({ id: 'four' })).containers).toEqual({});
    expect(await engine.sandboxes.leave({ containerId, network: 'four' })).toEqual({ sandbox: left });
    await engine.sandboxes.close({ containerId });
    expect(await actionsOf(containerId)).toEqual(['connect four', 'connect six', 'disconnect four', 'disconnect six']);
  });

  it('is refused what cannot be, and is then as it was', async () => {
    const { containerId, endpoints } = await open('four');
    const { containerId: other, endpoints: [taken] } = await open('four');
    const to = (endpoint: object) => engine.sandboxes.join({ containerId, endpoint });
    await expect(to({ network: 'nowhere' })).rejects.toThrow('NOT_FOUND: no such network: nowhere');
    await expect(to({ network: 'host' })).rejects.toThrow('INVALID_ARGUMENT: network host cannot be joined with others');
    await expect(to({ network: 'bridge', aliases: ['x'] })).rejects.toThrow('INVALID_ARGUMENT: network bridge has no aliases');
    await engine.sandboxes.leave({ containerId, network: 'four' });
    const address = taken?.ipv4Address.split('/')[0] ?? '';
    await expect(to({ network: 'four', ipv4Address: address })).rejects.toThrow('FAILED_PRECONDITION: address');
    const { sandboxes } = await engine.sandboxes.list({});
    expect(sandboxes.find((sandbox) => sandbox.containerId === containerId)?.endpoints).toEqual([]);
    const { sandbox: back } = await to({ network: 'four' });
    expect(back?.endpoints).toMatchObject([{ interface: 'eth0', ipv4Address: endpoints[0]?.ipv4Address }]);
    await expect(engine.sandboxes.join({ containerId: newId(), endpoint: { network: 'four' } })).rejects.toThrow('FAILED_PRECONDITION');
    for (const id of [containerId, other]) await engine.sandboxes.close({ containerId: id });
  });

  it('has its new name in DNS, firewall and messages', async () => {
    const hostPort = await freePort();
    const { containerId } = await open('four', [{ containerPort: 80, hostPort }]);
    await engine.sandboxes.rename({ containerId, containerName: 'shop' });
    expect((await engine.networks.inspect({ id: 'four' })).containers[containerId]?.name).toBe('shop');
    expect(await run('nft', ['list', 'table', 'inet', engine.table])).toContain(`tcp . ${hostPort} comment "shop"`);
    await expect(open('four', [{ containerPort: 81, hostPort }])).rejects.toThrow(`port ${hostPort}/tcp is already published by container shop`);
    expect(await engine.sandboxes.rename({ containerId: newId(), containerName: 'nobody' })).toEqual({});
    await engine.sandboxes.close({ containerId });
  });

  it('is taken off networks also when the container has removed its interfaces', async () => {
    const { containerId, netns } = await open('four');
    await engine.sandboxes.join({ containerId, endpoint: { network: 'six' } });
    await runAt(netns, 'ip', ['link', 'del', 'eth1']);
    // The default route would be by eth1 now.
    const { sandbox } = await engine.sandboxes.leave({ containerId, network: 'four' });
    expect(sandbox?.endpoints.map(({ networkName }) => networkName)).toEqual(['six']);
    await engine.sandboxes.leave({ containerId, network: 'six' });
    await engine.sandboxes.join({ containerId, endpoint: { network: 'four' } });
    expect(await runAt(netns, 'ip', ['route', 'show', 'default'])).toContain('dev eth0');
    await engine.sandboxes.close({ containerId });
  });

  it('has its ports to itself, also while no worker runs; then what was half joined is taken off', async () => {
    const hostPort = await freePort();
    const { containerId, netns } = await open('four', [{ containerPort: 80, hostPort }]);
    await using _server = await listenAt(netns, 'tcp', 80, 'web');
    await engine.sandboxes.join({ containerId, endpoint: { network: 'inner' } });
    await engine.stop();
    await expect(new Promise((resolve, reject) => createServer().on('error', reject).listen(hostPort, '127.0.0.1', () => resolve(true)))).rejects.toThrow('EADDRINUSE');
    // As it stands when the worker is killed while it joins.
    const store = openStore(join(engine.root.paths.service('networks'), 'state.db'));
    new Records(store).sandboxes.update(containerId, (sandbox) => ({
      ...sandbox,
      endpoints: sandbox.endpoints.map((endpoint, index) => (index === 1 ? { ...endpoint, stage: 'joining' as const } : endpoint)),
    }));
    store[Symbol.dispose]();
    await using again = await engine.start('1');
    const { sandboxes } = await again.sandboxes.list({});
    expect(sandboxes.flatMap(({ endpoints }) => endpoints.map(({ networkName }) => networkName))).toEqual(['four']);
    expect(await runAt(netns, 'ip', ['link'])).not.toContain('eth1');
    expect(await talk('host', 'tcp', '::1', hostPort)).toMatch(/^web /);
    await again.sandboxes.close({ containerId });
    await new Promise<void>((resolve, reject) => {
      const server = createServer().on('error', reject);
      server.listen(hostPort, '127.0.0.1', () => server.close(() => resolve()));
    });
  });

  /** What the world heard of a container's connections, in order. */
  async function actionsOf(container: string): Promise<string[]> {
    const { bus, log } = engine.worker.host;
    await using history = new EventLog(bus, log);
    const abort = new AbortController();
    const seen: string[] = [];
    for await (const { event } of history.read({ start: { seq: 1 }, follow: true, signal: abort.signal })) {
      const { container: id, name } = event.actor?.attributes ?? {};
      if (id === container) seen.push(`${event.action} ${name}`);
      if (seen.length === 4) abort.abort();
    }
    return seen;
  }
});
