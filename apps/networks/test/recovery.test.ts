import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import type { Endpoint } from '@arcbox/proto/arcbox/engine/v1/network';
import { openStore } from '@arcbox/store';
import { describeIf, eventually, freePort } from '@arcbox/testing';
import { run } from '../src/command.ts';
import { ownLinks, removeLinks } from '../src/links.ts';
import { listHolders, titles } from '../src/port-holder.ts';
import { Records } from '../src/records.ts';
import { type Engine, newId, startEngine } from './engine.ts';
import { freeBlock } from './free-block.ts';
import { listenAt, runAt, talk } from './places.ts';

describeIf(['root', 'ip', 'nft', 'nsenter', 'socat', 'busybox'], 'after', () => {
  let engine: Engine;

  beforeEach(async () => {
    engine = await startEngine();
  });

  afterEach(() => engine[Symbol.asyncDispose]());

  async function open(name: string, network: string, port: number) {
    const ports = [{ containerPort: 80, hostPort: port }];
    const { sandbox } = await engine.sandboxes.open({ containerId: newId(), containerName: name, networks: [{ network }], ports });
    if (!sandbox) throw new Error('no sandbox in the answer');
    return sandbox;
  }

  it('a restart of every worker connections go on', async () => {
    const port = await freePort();
    const a = await open('a', 'bridge', port);
    await using _echo = await listenAt(a.netnsPath, 'tcp', 80, 'echo', 'EXEC:cat');
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const exchange = async (text: string): Promise<string> => {
      socket.write(text);
      return String((await once(socket, 'data'))[0]);
    };
    expect(await exchange('before')).toBe('before');
    await engine.stop();
    expect(await exchange('between')).toBe('between');
    await using again = await engine.start('1');
    expect(await exchange('after')).toBe('after');
    expect((await again.sandboxes.list({})).sandboxes).toEqual([a]);
    socket.destroy();
  });

  it('a reboot networks are back and sandboxes are gone', async () => {
    const port = await freePort();
    // Of no pool: another engine on this machine would take the subnet while the bridge is away.
    const ipam = { subnets: [{ subnet: `10.${freeBlock()}.0.0/16` }] };
    const { id } = await engine.networks.create({ name: 'app', enableIpv6: true, ipam });
    const a = await open('a', 'app', port);
    const before = await engine.networks.inspect({ id });
    await engine.stop();
    await run('umount', [a.netnsPath]);
    await removeLinks((await ownLinks(engine.tag)).map(({ name }) => name));
    await run('nft', ['delete', 'table', 'inet', engine.table]);
    await using again = await engine.start('1');
    expect((await again.sandboxes.list({})).sandboxes).toEqual([]);
    expect(existsSync(a.netnsPath)).toBe(false);
    expect(await again.networks.inspect({ id })).toEqual({ ...before, containers: {} });
    const networks = [{ network: 'app' }];
    const ports = [{ containerPort: 80, hostPort: port }];
    const { sandbox } = await again.sandboxes.open({ containerId: newId(), containerName: 'b', networks, ports });
    await using _server = await listenAt(sandbox?.netnsPath ?? '', 'tcp', 80, 'web');
    expect(await talk('host', 'tcp', '127.0.0.1', port)).toMatch(/^web /);
  });

  it('a reboot a container on several networks comes back with all that it had', async () => {
    const block = `10.${freeBlock()}`;
    const subnets = { front: `${block}.1.0/24`, back: `${block}.2.0/24` };
    await engine.networks.create({ name: 'front', ipam: { subnets: [{ subnet: subnets.front }] } });
    await engine.networks.create({ name: 'back', internal: true, ipam: { subnets: [{ subnet: subnets.back }] } });
    await engine.networks.create({ name: 'six', enableIpv6: true });
    const [tcp, udp, local] = [await freePort(), await freePort(), await freePort()];
    const request = {
      containerId: newId(),
      containerName: 'db',
      networks: [
        { network: 'front', ipv4Address: `${block}.1.77`, aliases: ['database'] },
        { network: 'back', ipv4Address: `${block}.2.77`, macAddress: '02:00:00:00:00:77', aliases: ['store'] },
        { network: 'six' },
      ],
      ports: [
        { containerPort: 80, hostPort: tcp },
        { containerPort: 53, hostPort: udp, protocol: 'udp' },
        { containerPort: 80, hostPort: local, hostIp: '127.0.0.1' },
      ],
    };
    const other = await open('other', 'back', await freePort()).catch((error: unknown) => String(error));
    expect(other).toContain('it is on no network with a way out');
    const { sandbox: before } = await engine.sandboxes.open(request);
    await engine.stop();
    await run('umount', [before?.netnsPath ?? '']);
    await removeLinks((await ownLinks(engine.tag)).map(({ name }) => name));
    await run('nft', ['delete', 'table', 'inet', engine.table]);
    const leftOf = join(engine.root.paths.run, 'networks');
    for (const { identity } of listHolders(titles.names, join(leftOf, 'names'))) process.kill(Number.parseInt(identity, 10), 'SIGKILL');
    rmSync(leftOf, { recursive: true });
    await using again = await engine.start('1');
    const { sandbox: after } = await again.sandboxes.open(request);
    const lasting = ({ networkName, interface: device, ipv4Address, ipv6Address, gateway, ipv6Gateway, macAddress, aliases }: Endpoint) =>
      ({ networkName, device, ipv4Address, ipv6Address, gateway, ipv6Gateway, macAddress, aliases });
    expect(after?.endpoints.map(lasting)).toEqual(before?.endpoints.map(lasting));
    expect({ ...after, endpoints: [] }).toEqual({ ...before, endpoints: [] });
    const netns = after?.netnsPath ?? '';
    await using _web = await listenAt(netns, 'tcp6', 80, 'web');
    await using _dns = await listenAt(netns, 'udp6', 53, 'dns');
    const gateway6 = after?.endpoints[2]?.ipv6Gateway ?? '';
    for (const address of ['127.0.0.1', '::1', gateway6]) {
      expect(await talk('host', 'tcp', address, tcp)).toMatch(/^web /);
      expect(await talk('host', 'udp', address, udp)).toMatch(/^dns /);
    }
    expect(await talk('host', 'tcp', '127.0.0.1', local)).toMatch(/^web /);
    const { sandbox: client } = await again.sandboxes.open({ containerId: newId(), containerName: 'client', networks: [{ network: 'back' }] });
    expect(await talk(client?.netnsPath ?? '', 'tcp', `${block}.2.77`, 80)).toMatch(/^web /);
    // A person can read whose these are.
    const table = await run('nft', ['list', 'table', 'inet', engine.table]);
    expect(table).toMatch(new RegExp(`tcp \\. ${tcp} comment "db" : ${block}\\.1\\.77 \\. 80`));
    expect(table).toMatch(/comment "ports published on every address of the host"/);
  });

  it('a crash in the middle everything half done is undone', async () => {
    const port = await freePort();
    const a = await open('a', 'bridge', port);
    const { id } = await engine.networks.create({ name: 'half' });
    const { options } = await engine.networks.inspect({ id });
    await engine.stop();
    // As they stand when the worker is killed while it opens the one and makes the other.
    const store = openStore(join(engine.root.paths.service('networks'), 'state.db'));
    const records = new Records(store);
    records.sandboxes.update(a.containerId, (sandbox) => ({ ...sandbox, state: 'opening', connected: false }));
    const halve = (network: string): void => void records.networks.update(network, (whole) => ({ ...whole, state: 'creating', announced: false }));
    halve(id);
    await using again = await engine.start('1');
    expect((await again.sandboxes.list({})).sandboxes).toEqual([]);
    await expect(again.networks.inspect({ id })).rejects.toThrow('NOT_FOUND');
    expect(existsSync(`/sys/class/net/${options['com.docker.network.bridge.name']}`)).toBe(false);
    expect(existsSync(a.netnsPath)).toBe(false);
    const { id: second } = await again.networks.create({ name: 'half' });
    // Nor does it wait for the next start where another replica is still there.
    halve(second);
    const { id: third } = await again.networks.create({ name: 'half' });
    expect((await again.networks.list({})).networks.filter(({ name }) => name === 'half')).toMatchObject([{ id: third }]);
    store[Symbol.dispose]();
    // The kernel takes its time over the namespace's interfaces.
    await eventually(async () => expect(await ownLinks(engine.tag)).toHaveLength(2));
  });

  it('a crash in the middle of a change a sandbox is as its record says', async () => {
    const hostPort = await freePort();
    for (const name of ['four', 'six']) await engine.networks.create({ name });
    const [left, renamed] = [await open('left', 'four', await freePort()), await open('renamed', 'four', await freePort())];
    await engine.sandboxes.join({ containerId: left.containerId, endpoint: { network: 'six' } });
    const { containerId: held } = await open('held', 'four', hostPort);
    await engine.stop();
    for (const { netnsPath } of [left, renamed]) await runAt(netnsPath, 'ip', ['route', 'del', 'default']);
    const store = openStore(join(engine.root.paths.service('networks'), 'state.db'));
    const { sandboxes } = new Records(store);
    sandboxes.update(left.containerId, (sandbox) => ({
      ...sandbox,
      endpoints: sandbox.endpoints.map((endpoint, index) => (index === 0 ? { ...endpoint, stage: 'leaving' as const } : endpoint)),
    }));
    sandboxes.update(renamed.containerId, (sandbox) => ({ ...sandbox, name: 'shop', unfinished: true as const }));
    // Who held the ports is dead, and somebody else has them now.
    process.kill(Number.parseInt(sandboxes.get(held)?.holder ?? '', 10), 'SIGKILL');
    const rival = await eventually(async () => {
      const server = createServer().listen(hostPort, '::');
      await once(server, 'listening');
      return server;
    });
    await using _again = await engine.start('2');
    expect(await runAt(left.netnsPath, 'ip', ['route', 'show', 'default'])).toContain('dev eth1');
    expect(await runAt(renamed.netnsPath, 'ip', ['route', 'show', 'default'])).toContain('dev eth0');
    const [shop] = renamed.endpoints;
    expect(await run('ip', ['link', 'show', 'dev', `abv-${shop?.id.slice(0, 11)}`])).toContain(`alias arcbox:${engine.tag}:container:shop`);
    expect(sandboxes.get(renamed.containerId)).not.toHaveProperty('unfinished');
    expect(sandboxes.get(held)).not.toHaveProperty('relays');
    expect(sandboxes.get(held)).not.toHaveProperty('holder');
    store[Symbol.dispose]();
    rival.close();
  });

  it('its subnet went to somebody else, the default network finds another', async () => {
    const { options, ipam } = await engine.networks.inspect({ id: 'bridge' });
    const [taken] = ipam?.subnets ?? [];
    await engine.stop();
    await removeLinks([options['com.docker.network.bridge.name'] ?? '']);
    const link = `abo-${engine.tag}`;
    await run('ip', ['link', 'add', link, 'type', 'bridge']);
    try {
      await run('ip', ['addr', 'add', `${taken?.gateway}/24`, 'dev', link]);
      await run('ip', ['link', 'set', link, 'up']);
      await using again = await engine.start('1');
      const now = await again.networks.inspect({ id: 'bridge' });
      expect(now.ipam?.subnets[0]?.subnet).not.toBe(taken?.subnet);
    } finally {
      await removeLinks([link]);
    }
  });
});
