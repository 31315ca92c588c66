import { randomInt } from 'node:crypto';
import { closeSync } from 'node:fs';
import type { Sandbox } from '@arcbox/proto/arcbox/engine/v1/network';
import { describeIf, freePort } from '@arcbox/testing';
import { parseAddress } from '../src/cidr.ts';
import { bindPort } from '../src/port-socket.ts';
import { type Answer, parse, question, send } from './asking.ts';
import { type Engine, newId, startEngine } from './engine.ts';
import { listenAt, type Outside, type Place, runAt, startOutside, talk } from './places.ts';

type Protocol = 'tcp' | 'udp';

/** One attempt to talk: whoever answers says its name. */
interface Case {
  readonly from: string;
  readonly to: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: Protocol;
}

/** Containers, and the network of each. */
const containers = { one1: 'one', one2: 'one', six1: 'six', six2: 'six', inner1: 'inner', inner2: 'inner', alone1: 'alone', alone2: 'alone', default1: 'bridge' } as const;
type Name = keyof typeof containers;
const names = Object.keys(containers) as Name[];

/** As many talk at a time as this; each takes a second or two where nobody answers. */
const atOnce = 8;

describeIf(['root', 'ip', 'nft', 'nsenter', 'socat', 'busybox'], 'traffic', () => {
  const stack = new AsyncDisposableStack();
  let engine: Engine;
  let outside: Outside;
  const sandboxes = new Map<Name, Sandbox>();
  const hostPorts = new Map<string, number>();

  beforeAll(async () => {
    engine = stack.use(await startEngine());
    outside = stack.use(await startOutside());
    await engine.networks.create({ name: 'one' });
    await engine.networks.create({ name: 'six', enableIpv6: true });
    await engine.networks.create({ name: 'inner', internal: true, enableIpv6: true });
    await engine.networks.create({ name: 'alone', enableIpv6: true, ipam: { options: { 'com.docker.network.enable_ipv4': 'false' } } });
    for (const name of names) sandboxes.set(name, await open(name));
    await Promise.all(names.flatMap((name) => serve(sandboxes.get(name)?.netnsPath ?? '', name)));
    await Promise.all(serve(outside.place, 'outside'));
    // A neighbour that knows where the containers are.
    await runAt(outside.place, 'ip', ['route', 'add', 'default', 'via', outside.host]);
    await runAt(outside.place, 'ip', ['-6', 'route', 'add', 'default', 'via', outside.host6]);
  });

  afterAll(() => stack.disposeAsync());

  /** Those with a way out publish both protocols, on every address and on one of loopback. */
  async function open(name: Name): Promise<Sandbox> {
    const network = containers[name];
    const ports = [];
    for (const [protocol, containerPort] of network === 'inner' ? [] : ([['tcp', 80], ['udp', 53]] as const)) {
      for (const hostIp of ['', network === 'alone' ? '::1' : '127.0.0.1']) {
        const hostPort = await freePort();
        hostPorts.set(`${name} ${protocol} ${hostIp && 'loopback'}`, hostPort);
        ports.push({ protocol, containerPort, hostPort, hostIp });
      }
    }
    const { sandbox } = await engine.sandboxes.open({ containerId: newId(), containerName: name, networks: [{ network }], ports });
    if (!sandbox) throw new Error('no sandbox in the answer');
    return sandbox;
  }

  /** Servers of both protocols, in both families. */
  function serve(place: Place, name: string): Promise<void>[] {
    const both = [listenAt(place, 'tcp6', 80, name), listenAt(place, 'udp6', 53, name)];
    return both.map(async (server) => void stack.use(await server));
  }

  function placeOf(from: string): Place {
    return from === 'host' ? 'host' : from === 'outside' ? outside.place : (sandboxes.get(from as Name)?.netnsPath ?? '');
  }

  function addressesOf(name: Name): string[] {
    const [endpoint] = sandboxes.get(name)?.endpoints ?? [];
    return [endpoint?.ipv4Address, endpoint?.ipv6Address].flatMap((address) => address?.split('/')[0] || []);
  }

  /** Cases in which somebody else, or nobody, answered instead of who should. */
  async function wrong(cases: readonly Case[], expected: (one: Case) => boolean): Promise<string[]> {
    const failures: string[] = [];
    const left = [...cases];
    const work = async (): Promise<void> => {
      for (let one = left.pop(); one; one = left.pop()) {
        const { from, to, protocol, address, port } = one;
        const patience = expected(one) ? 30_000 : 1_000;
        const answer = await talk(placeOf(from), protocol, address, port, { patience }).catch(() => '');
        const reached = answer.split(' ')[0] ?? '';
        if (reached !== (expected(one) ? to : '')) failures.push(`${from} → ${to} ${protocol} ${address} ${port}: ${reached || 'nobody'}`);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    return failures;
  }

  const both = <T>(each: (protocol: Protocol, port: number) => T[]): T[] => [...each('tcp', 80), ...each('udp', 53)];

  it('goes between the containers of a network, and to none of another', async () => {
    const from: Name[] = ['one1', 'six1', 'inner1', 'alone1', 'default1'];
    const to: Name[] = ['one2', 'six2', 'inner2', 'alone2'];
    const cases = both((protocol, port) =>
      from.flatMap((source) => to.flatMap((target) => addressesOf(target).map((address) => ({ from: source, to: target, address, port, protocol })))),
    );
    expect(await wrong(cases, (one) => containers[one.from as Name] === containers[one.to as Name])).toEqual([]);
  });

  it('goes out but from internal networks, and comes in only where it was let in', async () => {
    const out = both((protocol, port) =>
      (['one1', 'six1', 'inner1', 'alone1', 'default1'] as const).flatMap((from) =>
        addressesOf(from).map((own) => ({ from, to: 'outside', address: own.includes(':') ? outside.address6 : outside.address, port, protocol })),
      ),
    );
    const into = both((protocol, port) =>
      (['one1', 'six1', 'inner1', 'alone1'] as const).flatMap((to) => addressesOf(to).map((address) => ({ from: 'outside', to, address, port, protocol }))),
    );
    expect(await wrong([...out, ...into], ({ from, to }) => to === 'outside' && from !== 'inner1')).toEqual([]);
  });

  it('reaches published ports from everywhere but internal networks, by every address of the host', async () => {
    const { host, host6 } = outside;
    const sources: Record<string, string[]> = {
      host: ['127.0.0.1', '::1', host, host6],
      outside: [host, host6],
      one1: [host],
      six1: [host, host6],
      inner1: [host, host6],
      alone2: [host6],
      default1: [host],
    };
    const cases = (['one1', 'six1', 'alone1', 'default1'] as const).flatMap((to) =>
      both((protocol) =>
        Object.entries(sources).flatMap(([from, addresses]) =>
          addresses.map((address) => ({ from, to, address, port: hostPorts.get(`${to} ${protocol} `) ?? 0, protocol })),
        ),
      ),
    );
    // IPv6 is passed on to who has IPv4 alone; not the other way round.
    expect(await wrong(cases, ({ from, to, address }) => from !== 'inner1' && (to !== 'alone1' || address.includes(':')))).toEqual([]);
  });

  it('reaches a port that is published on loopback from the host alone', async () => {
    const cases = both((protocol) => {
      const at = (to: Name) => (from: string, address: string): Case => ({ from, to, address, port: hostPorts.get(`${to} ${protocol} loopback`) ?? 0, protocol });
      const [one, alone] = [at('one1'), at('alone1')];
      return [
        ...[one('host', '127.0.0.1'), one('host', '::1'), one('host', outside.host), one('outside', outside.host), one('six1', outside.host6)],
        ...[alone('host', '::1'), alone('host', '127.0.0.1'), alone('host', outside.host6), alone('outside', outside.host6), alone('six1', outside.host6)],
      ];
    });
    expect(await wrong(cases, ({ to, address }) => address === (to === 'alone1' ? '::1' : '127.0.0.1'))).toEqual([]);
  });

  it('goes out of a network of IPv6 alone in the name of the host, and finds names by IPv6', async () => {
    const own = sandboxes.get('alone1');
    const [, seen = ''] = (await talk(own?.netnsPath ?? '', 'tcp', outside.address6, 80)).split(' ');
    expect(parseAddress(seen.slice(1, -1))).toEqual(parseAddress(outside.host6));
    expect(own?.endpoints[0]).toMatchObject({ ipv4Address: '', gateway: '' });
    expect(own?.nameservers).toEqual([own?.endpoints[0]?.ipv6Gateway]);
    // Where they answer, and nowhere else.
    expect(own?.ports.map(({ hostIp }) => hostIp)).toEqual(['::', '::1', '::', '::1']);
    const asked = async (type: 'a' | 'aaaa', name: string): Promise<Answer> =>
      parse(await send(own?.netnsPath ?? '', own?.nameservers[0] ?? '', question(name, type)));
    expect(await asked('aaaa', 'alone2')).toMatchObject({ code: 0, addresses: addressesOf('alone2') });
    expect(await asked('a', 'alone2')).toMatchObject({ code: 0, addresses: [] });
    const { ipam } = await engine.networks.inspect({ id: 'alone' });
    expect(ipam?.subnets.map(({ gateway }) => gateway)).toEqual(own?.nameservers);
    const onIPv4 = engine.sandboxes.open({ containerId: newId(), containerName: 'late', networks: [{ network: 'alone' }], ports: [{ containerPort: 80, hostIp: '127.0.0.1' }] });
    await expect(onIPv4).rejects.toThrow('FAILED_PRECONDITION: container late has no address of the family of 127.0.0.1');
  });

  it('publishes ranges on an address of the host, and one port of a range where the others are taken', async () => {
    const [first, last] = freeRange();
    const sources = ['host', 'outside', 'six1', 'default1'];
    const hostIp = outside.host;
    const both = ['tcp', 'udp'] as const;
    const start = async (containerName: string, published: object): Promise<Sandbox> => {
      const { sandbox } = await engine.sandboxes.open({ containerId: newId(), containerName, networks: [{ network: 'one' }], ...published });
      if (!sandbox) throw new Error('no sandbox in the answer');
      return sandbox;
    };
    const all = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    const whole = await start('whole', { ports: both.flatMap((protocol) => all.map((port) => ({ protocol, containerPort: port, hostPort: port, hostIp }))) });
    await Promise.all(both.flatMap((protocol) => all.map(async (port) => void stack.use(await listenAt(whole.netnsPath, protocol, port, `whole-${port}`)))));
    const cases = (port: number, to: string): Case[] => both.flatMap((protocol) => sources.map((from) => ({ from, to, address: hostIp, port, protocol })));
    expect(await wrong(all.flatMap((port) => cases(port, `whole-${port}`)), () => true)).toEqual([]);
    expect(await wrong(both.map((protocol) => ({ from: 'host', to: 'nobody', address: '127.0.0.1', port: first, protocol })), () => false)).toEqual([]);
    // On every address: those that are taken on one of them will not do.
    const portRanges = both.map((protocol) => ({ protocol, containerPort: 80, hostPort: first, lastHostPort: last + 1 }));
    const one = await start('chosen', { portRanges });
    expect(one.ports).toEqual(both.map((protocol) => ({ protocol, containerPort: 80, hostPort: last + 1, hostIp: '' })));
    await Promise.all(both.map(async (protocol) => void stack.use(await listenAt(one.netnsPath, protocol, 80, 'chosen'))));
    const loopback = both.flatMap((protocol) => ['127.0.0.1', '::1'].map((address) => ({ from: 'host', to: 'chosen', address, port: last + 1, protocol })));
    expect(await wrong([...cases(last + 1, 'chosen'), ...loopback], () => true)).toEqual([]);
    await expect(start('late', { portRanges })).rejects.toThrow(`FAILED_PRECONDITION: no free tcp port between ${first} and ${last + 1}`);
    await engine.sandboxes.close({ containerId: whole.containerId });
    expect((await start('late', { portRanges })).ports).toMatchObject([{ hostPort: first }, { hostPort: first }]);
    for (const wrongRange of [{ hostPort: 0, lastHostPort: 5 }, { hostPort: 9, lastHostPort: 8 }, { hostPort: 9, lastHostPort: 65_536 }]) {
      const refused = start('odd', { portRanges: [{ containerPort: 80, ...wrongRange }] });
      await expect(refused).rejects.toThrow(`INVALID_ARGUMENT: no range of host ports: ${wrongRange.hostPort}-${wrongRange.lastHostPort}`);
    }
  });
});

/** Three ports and one after them that nobody has, below those that the kernel hands out. */
function freeRange(): [first: number, last: number] {
  const first = randomInt(10_000, 30_000);
  const sockets = [0, 1, 2, 3].flatMap((step) => (['tcp', 'udp'] as const).map((protocol) => bindPort(protocol, first + step, '0.0.0.0')));
  for (const socket of sockets) if (typeof socket === 'number') closeSync(socket);
  return sockets.every((socket) => typeof socket === 'number') ? [first, first + 2] : freeRange();
}
