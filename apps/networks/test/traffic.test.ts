import type { Sandbox } from '@arcbox/proto/arcbox/engine/v1/network';
import { describeIf, freePort } from '@arcbox/testing';
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
const containers = { one1: 'one', one2: 'one', six1: 'six', six2: 'six', inner1: 'inner', inner2: 'inner', default1: 'bridge' } as const;
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
      for (const hostIp of ['', '127.0.0.1']) {
        const hostPort = await freePort();
        hostPorts.set(`${name} ${protocol} ${hostIp}`, hostPort);
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
        const patience = expected(one) ? 5_000 : 1_000;
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
    const from: Name[] = ['one1', 'six1', 'inner1', 'default1'];
    const to: Name[] = ['one2', 'six2', 'inner2'];
    const cases = both((protocol, port) =>
      from.flatMap((source) => to.flatMap((target) => addressesOf(target).map((address) => ({ from: source, to: target, address, port, protocol })))),
    );
    expect(await wrong(cases, (one) => containers[one.from as Name] === containers[one.to as Name])).toEqual([]);
  });

  it('goes out but from internal networks, and comes in only where it was let in', async () => {
    const out = both((protocol, port) =>
      (['one1', 'six1', 'inner1', 'default1'] as const).flatMap((from) =>
        addressesOf(from).map((own) => ({ from, to: 'outside', address: own.includes(':') ? outside.address6 : outside.address, port, protocol })),
      ),
    );
    const into = both((protocol, port) =>
      (['one1', 'six1', 'inner1'] as const).flatMap((to) => addressesOf(to).map((address) => ({ from: 'outside', to, address, port, protocol }))),
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
      default1: [host],
    };
    const cases = (['one1', 'six1', 'default1'] as const).flatMap((to) =>
      both((protocol) =>
        Object.entries(sources).flatMap(([from, addresses]) =>
          addresses.map((address) => ({ from, to, address, port: hostPorts.get(`${to} ${protocol} `) ?? 0, protocol })),
        ),
      ),
    );
    expect(await wrong(cases, (one) => one.from !== 'inner1')).toEqual([]);
  });

  it('reaches a port that is published on loopback from the host alone', async () => {
    const cases = both((protocol) => {
      const port = hostPorts.get(`one1 ${protocol} 127.0.0.1`) ?? 0;
      const at = (from: string, address: string): Case => ({ from, to: 'one1', address, port, protocol });
      return [at('host', '127.0.0.1'), at('host', '::1'), at('host', outside.host), at('outside', outside.host), at('six1', outside.host6)];
    });
    expect(await wrong(cases, ({ address }) => address === '127.0.0.1')).toEqual([]);
  });
});
