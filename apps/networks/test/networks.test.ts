import { existsSync } from 'node:fs';
import { EventLog } from '@arcbox/events';
import type { Sandbox } from '@arcbox/proto/arcbox/engine/v1/network';
import { describeIf, eventually, freePort } from '@arcbox/testing';
import { run } from '../src/command.ts';
import { type Engine, newId, startEngine } from './engine.ts';
import { freeBlock } from './free-block.ts';
import { listenAt, runAt, startOutside, talk } from './places.ts';

type Join = NonNullable<Parameters<Engine['sandboxes']['open']>[0]['networks']>[number];

describeIf(['root', 'ip', 'nft', 'nsenter', 'socat', 'busybox'], 'networks', () => {
  let engine: Engine;

  beforeEach(async () => {
    engine = await startEngine();
  });

  afterEach(() => engine[Symbol.asyncDispose]());

  async function open(name: string, networks: (string | Join)[], ports: { containerPort: number; hostPort?: number }[] = []): Promise<Sandbox> {
    const joins = networks.map((network) => (typeof network === 'string' ? { network } : network));
    const { sandbox } = await engine.sandboxes.open({ containerId: newId(), containerName: name, networks: joins, ports });
    if (!sandbox) throw new Error('no sandbox in the answer');
    return sandbox;
  }

  it('there are bridge, host and none, and they stay', async () => {
    const { networks } = await engine.networks.list({});
    expect(networks.map(({ name, driver, scope }) => [name, driver, scope])).toEqual([
      ['bridge', 'bridge', 'local'],
      ['host', 'host', 'local'],
      ['none', 'null', 'local'],
    ]);
    for (const id of ['bridge', 'host', 'none']) {
      await expect(engine.networks.remove({ id })).rejects.toThrow(
        `FAILED_PRECONDITION: network ${id} is predefined and cannot be removed`,
      );
    }
  });

  it('a network gets a subnet and a bridge of its own, and takes both with it', async () => {
    const labels = { tier: 'web' };
    const { id } = await engine.networks.create({ name: 'app', labels });
    const info = await engine.networks.inspect({ id: id.slice(0, 12) });
    expect(info).toMatchObject({ id, name: 'app', driver: 'bridge', scope: 'local', labels, internal: false, containers: {} });
    expect(info.created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    const bridge = info.options['com.docker.network.bridge.name'] ?? '';
    const gateway = info.ipam?.subnets[0]?.gateway ?? '';
    expect(await run('ip', ['addr', 'show', 'dev', bridge])).toContain(`inet ${gateway}/`);
    await expect(engine.networks.create({ name: 'default' })).rejects.toThrow('INVALID_ARGUMENT: network name default is reserved');
    await expect(engine.networks.create({ name: 'app' })).rejects.toThrow('ALREADY_EXISTS: network with name app already exists');
    await engine.networks.remove({ id: '/app' });
    expect(existsSync(`/sys/class/net/${bridge}`)).toBe(false);
    await expect(engine.networks.inspect({ id })).rejects.toThrow(`NOT_FOUND: no such network: ${id}`);
  });

  it('settings are honoured or refused', async () => {
    const first = freeBlock();
    const [block, next, other] = [`10.${first}`, `10.${first + 1}`, `10.${first + 2}`];
    const ipam = (subnet: string, gateway = '', ipRange = '') => ({ subnets: [{ subnet, gateway, ipRange }] });
    const create = (name: string, ...subnet: Parameters<typeof ipam>) => engine.networks.create({ name, ipam: ipam(...subnet) });
    await create('app', `${block}.0.0/16`, `${block}.9.9`, `${block}.8.0/24`);
    const a = await open('a', ['app']);
    expect(a.endpoints[0]).toMatchObject({ ipv4Address: `${block}.8.0/16`, gateway: `${block}.9.9` });
    const fixed = await open('b', [{ network: 'app', ipv4Address: `${block}.77.1`, macAddress: '02:00:00:00:00:01' }]);
    expect(fixed.endpoints[0]).toMatchObject({ ipv4Address: `${block}.77.1/16`, macAddress: '02:00:00:00:00:01' });
    await expect(open('c', [{ network: 'app', ipv4Address: `${block}.77.1` }])).rejects.toThrow(
      `FAILED_PRECONDITION: address ${block}.77.1 of network app is used by container b`,
    );
    const refusals: [Promise<unknown>, string][] = [
      [create('x', `${block}.128.0/17`), `FAILED_PRECONDITION: subnet ${block}.128.0/17 overlaps ${block}.0.0/16 of network app`],
      [create('x', '127.0.0.0/16'), 'INVALID_ARGUMENT: subnet 127.0.0.0/16 cannot be used for a network'],
      [create('x', `${next}.0.1/16`), `INVALID_ARGUMENT: invalid subnet ${next}.0.1/16: it should be ${next}.0.0/16`],
      [create('x', `${next}.0.0/16`, `${other}.0.1`), `INVALID_ARGUMENT: gateway ${other}.0.1 is not an address of subnet ${next}.0.0/16`],
      [create('x', `${next}.0.0/16`, '', `${other}.0.0/24`), `INVALID_ARGUMENT: ip_range ${other}.0.0/24 is not inside subnet ${next}.0.0/16`],
      [create('x', 'fd12::/64'), 'INVALID_ARGUMENT: subnet fd12::/64 needs enable_ipv6'],
      [create('x', 'ten'), 'INVALID_ARGUMENT: not a subnet: ten'],
      [engine.networks.create({ name: 'x', ipam: { options: { 'com.docker.network.enable_ipv4': 'false' } } }), 'INVALID_ARGUMENT: a network without IPv4 needs enable_ipv6'],
      [engine.networks.create({ name: 'x', ipam: { options: { 'com.docker.network.enable_ipv4': 'no' } } }), 'INVALID_ARGUMENT: ipam option com.docker.network.enable_ipv4 is true or false, not no'],
      [engine.networks.create({ name: 'x', ipam: { options: { colour: 'red' } } }), 'INVALID_ARGUMENT: unknown ipam option: colour'],
      [engine.networks.create({ name: '' }), 'INVALID_ARGUMENT: network name is empty'],
      [engine.networks.create({ name: 'a b' }), 'INVALID_ARGUMENT: invalid network name a b'],
      [engine.networks.create({ name: 'x', driver: 'overlay' }), 'INVALID_ARGUMENT: unknown network driver: overlay'],
      [engine.networks.create({ name: 'x', ipam: { driver: 'dhcp' } }), 'INVALID_ARGUMENT: unknown ipam driver: dhcp'],
    ];
    for (const [refused, message] of refusals) await expect(refused).rejects.toThrow(message);
    const { networks } = await engine.networks.list({ filters: { type: 'custom' } });
    expect(networks.map(({ name }) => name)).toEqual(['app']);
  });

  it('a subnet that the host uses is refused by name', async () => {
    await using outside = await startOutside();
    const subnet = outside.host.replace(/\d+$/, '0/24');
    await expect(engine.networks.create({ name: 'x', ipam: { subnets: [{ subnet }] } })).rejects.toThrow(
      `FAILED_PRECONDITION: subnet ${subnet} overlaps ${subnet.replace('/24', '/30')}, which this host has on abo-`,
    );
  });

  it('a subnet of a bridge of docker that nobody is on is had, and the host reaches who has it here', async () => {
    const [bridge, port, block] = [`br-${newId().slice(0, 12)}`, `abo-${newId().slice(0, 8)}`, `10.${freeBlock()}.7`];
    const wanted = { name: 'x', ipam: { subnets: [{ subnet: `${block}.0/24` }] } };
    await using stack = new AsyncDisposableStack();
    await run('ip', ['link', 'add', bridge, 'type', 'bridge']);
    stack.defer(() => run('ip', ['link', 'del', bridge]).then(() => {}));
    await run('ip', ['addr', 'add', `${block}.1/24`, 'dev', bridge]);
    await run('ip', ['link', 'set', bridge, 'up']);
    await run('ip', ['link', 'add', port, 'master', bridge, 'up', 'type', 'veth', 'peer', 'name', `${port}p`]);
    await run('ip', ['link', 'set', `${port}p`, 'up']);
    await expect(engine.networks.create(wanted)).rejects.toThrow(`which this host has on ${bridge}`);
    await run('ip', ['link', 'del', port]);
    const { warnings } = await eventually(() => engine.networks.create(wanted));
    expect(warnings).toContainEqual(`subnet ${block}.0/24 is also that of ${bridge}, a bridge of another engine: nobody can be on both at once`);
    const { netnsPath } = await open('a', [{ network: 'x', ipv4Address: `${block}.5` }]);
    await using _server = await listenAt(netnsPath, 'tcp', 80, 'web');
    expect(await run('ip', ['route', 'get', `${block}.5`])).not.toContain(bridge);
    expect(await talk('/proc/self/ns/net', 'tcp', `${block}.5`, 80)).toMatch(/^web /);
  });

  it('full ones say so', async () => {
    const subnet = `10.${freeBlock()}.1.0/30`;
    await engine.networks.create({ name: 'small', ipam: { subnets: [{ subnet }] } });
    await open('a', ['small']);
    await expect(open('b', ['small'])).rejects.toThrow(
      `RESOURCE_EXHAUSTED: network small has no free address in ${subnet}`,
    );
  });

  it('are isolated from each other, and reach published ports like everybody', async () => {
    await using outside = await startOutside();
    await engine.networks.create({ name: 'one' });
    await engine.networks.create({ name: 'two' });
    const port = await freePort();
    const a = await open('a', ['one'], [{ containerPort: 80, hostPort: port }]);
    const b = await open('b', ['two']);
    const both = await open('both', ['one', 'two']);
    await using _server = await listenAt(a.netnsPath, 'tcp', 80, 'web');
    const address = a.endpoints[0]?.ipv4Address.split('/')[0] ?? '';
    await expect(talk(b.netnsPath, 'tcp', address, 80)).rejects.toThrow();
    expect(await talk(b.netnsPath, 'tcp', outside.host, port)).toMatch(/^web /);
    expect(await talk(both.netnsPath, 'tcp', address, 80)).toMatch(/^web /);
    expect(both.endpoints.map((endpoint) => endpoint.interface)).toEqual(['eth0', 'eth1']);
    await expect(engine.networks.remove({ id: 'one' })).rejects.toThrow(
      'FAILED_PRECONDITION: network one has active endpoints: a, both',
    );
  });

  it('an internal one has no way out and none in', async () => {
    await using outside = await startOutside();
    await using _there = await listenAt(outside.place, 'tcp', 7000, 'outside');
    await engine.networks.create({ name: 'inner', internal: true });
    const [a, b] = [await open('a', ['inner']), await open('b', ['inner'])];
    const c = await open('c', ['bridge'], [{ containerPort: 80 }]);
    await using _server = await listenAt(b.netnsPath, 'tcp', 80, 'inner');
    await using _published = await listenAt(c.netnsPath, 'tcp', 80, 'published');
    expect(a.endpoints[0]?.gateway).toBe('');
    const address = b.endpoints[0]?.ipv4Address.split('/')[0] ?? '';
    expect(await talk(a.netnsPath, 'tcp', address, 80)).toMatch(/^inner /);
    await expect(talk(a.netnsPath, 'tcp', outside.address, 7000)).rejects.toThrow();
    const { ipam } = await engine.networks.inspect({ id: 'inner' });
    // Also not when it makes itself a route.
    await runAt(a.netnsPath, 'ip', ['route', 'add', 'default', 'via', ipam?.subnets[0]?.gateway ?? '']);
    await expect(talk(a.netnsPath, 'tcp', outside.address, 7000)).rejects.toThrow();
    await expect(talk(a.netnsPath, 'tcp', outside.host, c.ports[0]?.hostPort ?? 0)).rejects.toThrow();
    await expect(open('d', ['inner'], [{ containerPort: 80 }])).rejects.toThrow('FAILED_PRECONDITION');
  });

  it('with IPv6 give addresses of a private range, out of which ports are published as well', async () => {
    await engine.networks.create({ name: 'six', enableIpv6: true });
    const [a, b] = [await open('a', ['six'], [{ containerPort: 80 }]), await open('b', ['six'])];
    const endpoint = a.endpoints[0];
    expect(endpoint?.ipv6Address).toMatch(/^fd[0-9a-f]{2}:.*::2\/64$/);
    const address = endpoint?.ipv6Address.split('/')[0] ?? '';
    await using _server = await listenAt(a.netnsPath, 'tcp6', 80, 'web');
    expect(await talk(b.netnsPath, 'tcp', address, 80)).toMatch(/^web/);
    const { ipam } = await engine.networks.inspect({ id: 'six' });
    expect(ipam?.subnets).toHaveLength(2);
    // The host's own address on the bridge is one of its addresses like any other.
    expect(await talk('host', 'tcp', endpoint?.ipv6Gateway ?? '', a.ports[0]?.hostPort ?? 0)).toMatch(/^web/);
  });

  it('filters choose, and refuse what they do not know', async () => {
    await engine.networks.create({ name: 'web-front', labels: { tier: 'web', zone: 'a' } });
    const { id } = await engine.networks.create({ name: 'web-back', labels: { tier: 'web', zone: 'b', list: 'a,b' } });
    await open('a', ['web-back']);
    const names = async (filters: Record<string, string>): Promise<string[]> =>
      (await engine.networks.list({ filters })).networks.map(({ name }) => name);
    expect(await names({ driver: 'host,null' })).toEqual(['host', 'none']);
    expect(await names({ name: 'front,none' })).toEqual(['none', 'web-front']);
    expect(await names({ id: id.slice(0, 8) })).toEqual(['web-back']);
    expect(await names({ label: 'tier=web,list=a,b,zone=b' })).toEqual(['web-back']);
    expect(await names({ label: 'tier' })).toEqual(['web-front', 'web-back']);
    expect(await names({ type: 'builtin', scope: 'local' })).toEqual(['bridge', 'host', 'none']);
    expect(await names({ dangling: 'true' })).toEqual(['web-front']);
    expect(await names({ dangling: 'false', type: 'custom' })).toEqual(['web-back']);
    await expect(names({ colour: 'red' })).rejects.toThrow('INVALID_ARGUMENT: unknown filter: colour');
    await expect(names({ dangling: 'maybe' })).rejects.toThrow('INVALID_ARGUMENT: invalid value of filter dangling: maybe');
  });

  it('containers find each other by name and alias on networks of the user', async () => {
    // Addresses can be chosen only where the subnet was.
    await engine.networks.create({ name: 'app', ipam: { subnets: [{ subnet: `10.${freeBlock()}.2.0/24` }] } });
    await engine.networks.create({ name: 'other' });
    await expect(open('x', [{ network: 'other', ipv4Address: '10.0.0.2' }])).rejects.toThrow('INVALID_ARGUMENT: address 10.0.0.2 cannot be chosen');
    await expect(open('x', [{ network: 'bridge', aliases: ['db'] }])).rejects.toThrow('INVALID_ARGUMENT: network bridge has no aliases');
    const a = await open('a', ['app']);
    const db = await open('db-1', [{ network: 'app', aliases: ['db'] }]);
    await open('stranger', ['other']);
    const address = db.endpoints[0]?.ipv4Address.split('/')[0] ?? '';
    const look = (name: string): Promise<string> => runAt(a.netnsPath, 'busybox', ['nslookup', name, a.nameservers[0] ?? '']);
    for (const name of ['db', 'db-1', db.containerId.slice(0, 12)]) {
      await eventually(async () => expect(await look(name)).toContain(`Address: ${address}`));
    }
    await engine.sandboxes.close({ containerId: db.containerId });
    const next = await open('db-2', [{ network: 'app', aliases: ['db'], ipv4Address: address.replace(/\d+$/, '99') }]);
    expect(next.nameservers).toEqual([a.endpoints[0]?.gateway]);
    await eventually(async () => expect(await look('db')).toContain(`Address: ${address.replace(/\d+$/, '99')}`));
  });

  it('tell the world what happens to them', async () => {
    const { id } = await engine.networks.create({ name: 'app', labels: { tier: 'web' } });
    const a = await open('a', ['app']);
    await engine.sandboxes.close({ containerId: a.containerId });
    await engine.networks.remove({ id });
    const { bus, log } = engine.worker.host;
    await using history = new EventLog(bus, log);
    const abort = new AbortController();
    const seen: unknown[] = [];
    for await (const { event } of history.read({ start: { seq: 1 }, follow: true, signal: abort.signal })) {
      seen.push([event.action, event.actor]);
      if (event.action === 'destroy') abort.abort();
    }
    const connection = { id, attributes: { container: a.containerId, name: 'app', type: 'bridge' } };
    expect(seen).toEqual([
      ['create', { id, attributes: { tier: 'web', name: 'app', type: 'bridge' } }],
      ['connect', connection],
      ['disconnect', connection],
      ['destroy', { id, attributes: { tier: 'web', name: 'app', type: 'bridge' } }],
    ]);
  });

  it('two engines on one host get different subnets at the same moment', async () => {
    const engines = await Promise.all([startEngine(), startEngine()]);
    try {
      const infos = await Promise.all([engine, ...engines].map(({ networks }) => networks.inspect({ id: 'bridge' })));
      expect(new Set(infos.map(({ ipam }) => ipam?.subnets[0]?.subnet)).size).toBe(3);
      expect(new Set(infos.map(({ options }) => options['com.docker.network.bridge.name'])).size).toBe(3);
    } finally {
      for (const other of engines) await other[Symbol.asyncDispose]();
    }
  });
});
