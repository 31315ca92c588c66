import { randomBytes, randomInt } from 'node:crypto';
import { join } from 'node:path';
import { silentLogger } from '@arcbox/log';
import type { Sandbox } from '@arcbox/proto/arcbox/engine/v1/network';
import { isAlive, openStore } from '@arcbox/store';
import { describeIf, eventually } from '@arcbox/testing';
import type { Ground } from '../src/ground.ts';
import { Names } from '../src/names.ts';
import { listHolders, titles } from '../src/port-holder.ts';
import { Records } from '../src/records.ts';
import { startWatch } from '../src/watch.ts';
import { type Answer, parse, question, send, type types } from './asking.ts';
import { type Engine, newId, startEngine } from './engine.ts';
import { runAt } from './places.ts';

const [done, noSuchName, refused] = [0, 3, 5];

describeIf(['root', 'ip', 'nft', 'nsenter', 'socat', 'busybox'], 'names', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine();
    await engine.networks.create({ name: 'one', enableIpv6: true });
    await engine.networks.create({ name: 'two' });
    await engine.networks.create({ name: 'inner', internal: true });
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  async function open(containerName: string, networks: string[], aliases: string[] = []): Promise<Sandbox> {
    const joins = networks.map((network) => ({ network, aliases }));
    const { sandbox } = await engine.sandboxes.open({ containerId: newId(), containerName, networks: joins });
    if (!sandbox) throw new Error('no sandbox in the answer');
    return sandbox;
  }

  const gatewayOf = ({ endpoints: [endpoint] }: Sandbox): string => endpoint?.gateway || endpoint?.ipv4Address.replace(/\.\d+\/.*/, '.1') || '';
  const addressOf = ({ endpoints: [endpoint] }: Sandbox, family: 4 | 6): string =>
    (family === 4 ? endpoint?.ipv4Address : endpoint?.ipv6Address)?.split('/')[0] ?? '';
  const found = (...addresses: string[]): Answer => ({ code: done, isCut: false, addresses });
  const holders = (): string[] => listHolders(titles.names, join(engine.root.paths.run, 'networks/names')).map(({ identity }) => identity);

  async function ask(from: Sandbox, name: string, type: keyof typeof types, server = gatewayOf(from)): Promise<Answer> {
    const t = Date.now(); const r = await send(from.netnsPath, server, question(name, type)); if (r.length === 0) console.log('LOST', t, Date.now(), process.pid, name, type, server, addressOf(from, 4)); return parse(r);
  }

  it('lead to the addresses of a family, of those on a network that one is on', async () => {
    const db = await open('db', ['one'], ['database']);
    const web = await open('web', ['one']);
    const far = await open('far', ['two']);
    for (const name of ['db', 'DB', 'db.one', 'database', 'database.one', db.containerId.slice(0, 12)]) {
      expect(await ask(web, name, 'a')).toEqual(found(addressOf(db, 4)));
    }
    expect(await ask(web, 'db', 'aaaa')).toEqual(found(addressOf(db, 6)));
    expect(await ask(web, 'db', 'a', web.endpoints[0]?.ipv6Gateway)).toEqual(found(addressOf(db, 4)));
    expect((await ask(web, 'db', 'any')).addresses.sort()).toEqual([addressOf(db, 4), addressOf(db, 6)].sort());
    // No address of that family, and still a name: resolvers that ask for both must not give up.
    expect(await ask(far, 'far', 'aaaa')).toEqual(found());
    expect(await ask(far, 'far', 'text')).toEqual(found());
    expect((await ask(web, 'far', 'a')).addresses).toEqual([]);
    expect((await ask(far, 'db', 'a')).addresses).toEqual([]);
    // Whom an address belongs to, in words of the real thing.
    expect(await runAt(web.netnsPath, 'busybox', ['nslookup', addressOf(db, 4), gatewayOf(web)])).toContain('name = db.one');
    expect(await runAt(web.netnsPath, 'busybox', ['nslookup', addressOf(db, 6), gatewayOf(web)])).toContain('name = db.one');
  });

  it('are those of all networks that one is on, whichever gateway is asked, and nobody else is told', async () => {
    const here = await open('here', ['one'], ['pair']);
    const there = await open('there', ['two'], ['pair']);
    const both = await open('both', ['one', 'two']);
    for (const endpoint of both.endpoints) {
      expect((await ask(both, 'here', 'a', endpoint.gateway)).addresses).toEqual([addressOf(here, 4)]);
      expect((await ask(both, 'there', 'a', endpoint.gateway)).addresses).toEqual([addressOf(there, 4)]);
    }
    expect((await ask(there, 'here', 'a', gatewayOf(here))).code).toBe(refused);
    await open('here-2', ['one'], ['pair']);
    expect((await ask(here, 'pair', 'a')).addresses.sort()).toHaveLength(2);
    await engine.sandboxes.close({ containerId: here.containerId });
    expect((await ask(both, 'pair', 'a')).addresses).toHaveLength(1);
  });

  it('of the world are unknown where no way leads to it', async () => {
    const inner = await open('inner', ['inner']);
    expect(await ask(inner, 'inner', 'a')).toEqual(found(addressOf(inner, 4)));
    expect((await ask(inner, 'secret.of.the.inner.example.com', 'a')).code).toBe(noSuchName);
  });

  it('are answered whatever a container sends, and again when somebody killed what holds the sockets', async () => {
    const bad = await open('bad', ['one']);
    const server = gatewayOf(bad);
    const good = question('bad', 'a');
    const hostile = [
      randomBytes(600),
      Buffer.alloc(0),
      Buffer.alloc(12),
      good.subarray(0, 14),
      Buffer.concat([good.subarray(0, 12), Buffer.from([0xc0, 12, 0, 1, 0, 1])]),
      Buffer.concat([good.subarray(0, 12), Buffer.from([63]), randomBytes(63), Buffer.from([63]), randomBytes(20)]),
      Buffer.concat([good.subarray(0, 4), Buffer.from([255, 255, 255, 255]), good.subarray(8)]),
      question(Array.from({ length: 4 }, () => 'x'.repeat(60)).join('.'), 'any'),
    ];
    await Promise.all(hostile.map((packet) => send(bad.netnsPath, server, packet, { seconds: 0.1 })));
    const changed = Array.from({ length: 30 }, () => {
      const packet = Buffer.from(good);
      for (let count = randomInt(1, 6); count > 0; count--) packet[randomInt(packet.length)] = randomInt(256);
      return packet;
    });
    await Promise.all(changed.map((packet) => send(bad.netnsPath, server, packet, { seconds: 0.1 })));
    expect((await ask(bad, 'bad', 'a')).addresses).toEqual([addressOf(bad, 4)]);
    const store = openStore(join(engine.root.paths.service('networks'), 'state.db'));
    const names = new Names({ directory: join(engine.root.paths.run, 'networks'), store, records: new Records(store), log: silentLogger });
    const before = holders();
    for (const identity of before) process.kill(Number.parseInt(identity, 10), 'SIGKILL');
    {
      await using _watch = startWatch({ names, store, log: silentLogger, settled: async () => {}, firewall: { isPresent: async () => true } } as unknown as Ground, 5);
      await eventually(() => {
        const present = holders();
        expect(present).toHaveLength(before.length);
        // A killed one may be seen for a moment still.
        expect(present.filter((identity) => before.includes(identity))).toEqual([]);
      });
    }
    expect((await ask(bad, 'bad', 'a')).addresses).toEqual([addressOf(bad, 4)]);
    expect(await names.revive()).toBe(false);
    names[Symbol.dispose]();
    store[Symbol.dispose]();
    await engine.sandboxes.rename({ containerId: bad.containerId, containerName: 'worse' });
    expect((await ask(bad, 'worse', 'a')).addresses).toEqual([addressOf(bad, 4)]);
  });

  it('wait for a worker while there is none, and cost nothing where nobody is', async () => {
    await engine.networks.create({ name: 'lonely' });
    const last = await open('last', ['lonely']);
    const before = holders();
    await engine.stop();
    const waiting = send(last.netnsPath, gatewayOf(last), question('last', 'a'), { seconds: 20 });
    await using again = await engine.start('1');
    expect(parse(await waiting).addresses).toEqual([addressOf(last, 4)]);
    expect(holders().sort()).toEqual(before.sort());
    await again.sandboxes.close({ containerId: last.containerId });
    expect(holders()).toHaveLength(before.length - 1);
    expect(before.filter((identity) => !isAlive(identity))).toHaveLength(1);
  });
});
