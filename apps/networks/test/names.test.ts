import { spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentLogger } from '@arcbox/log';
import type { Sandbox } from '@arcbox/proto/arcbox/engine/v1/network';
import { openStore } from '@arcbox/store';
import { describeIf, eventually } from '@arcbox/testing';
import { formatAddress } from '../src/cidr.ts';
import type { Ground } from '../src/ground.ts';
import { Names } from '../src/names.ts';
import { Records } from '../src/records.ts';
import { startWatch } from '../src/watch.ts';
import { type Engine, newId, startEngine } from './engine.ts';
import type { Place } from './places.ts';

/** Codes of RFC 1035. */
const noError = 0;
const types = { a: 1, aaaa: 28, any: 255 } as const;

/** A question of DNS, RFC 1035. */
function question(name: string, type: keyof typeof types): Buffer {
  const labels = name.split('.').flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]);
  return Buffer.concat([Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]), ...labels, Buffer.from([0, 0, types[type], 0, 1])]);
}

/** Sends from a place what may be a question; the answer, or nothing when none comes. */
async function send(from: Place, server: string, packet: Buffer, seconds = '1'): Promise<Buffer> {
  const target = `UDP:${server.includes(':') ? `[${server}]` : server}:53`;
  const child = spawn('nsenter', [`--net=${from}`, 'socat', '-t', seconds, '-', target], { stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.on('error', () => {});
  child.stdin.end(packet);
  return Buffer.concat(await Array.fromAsync(child.stdout as AsyncIterable<Buffer>));
}

interface Answer {
  readonly code: number;
  readonly addresses: string[];
}

function parse(packet: Buffer): Answer {
  const count = packet.readUInt16BE(6);
  const addresses: string[] = [];
  let at = 12;
  const skip = (): void => {
    while ((packet[at] ?? 0) !== 0) {
      if (((packet[at] ?? 0) & 0xc0) === 0xc0) return void (at += 2);
      at += 1 + (packet[at] ?? 0);
    }
    at++;
  };
  skip();
  at += 4;
  for (let index = 0; index < count; index++) {
    skip();
    const length = packet.readUInt16BE(at + 8);
    const data = packet.subarray(at + 10, at + 10 + length);
    addresses.push(formatAddress({ family: length === 4 ? 4 : 6, value: BigInt(`0x${data.toString('hex')}`) }));
    at += 10 + length;
  }
  return { code: packet.readUInt16BE(2) & 0xf, addresses };
}

describeIf(['root', 'ip', 'nft', 'nsenter', 'socat', 'aardvark-dns'], 'names', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine();
    await engine.networks.create({ name: 'one', enableIpv6: true });
    await engine.networks.create({ name: 'two' });
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  async function open(containerName: string, network: string, aliases: string[] = []): Promise<Sandbox> {
    const { sandbox } = await engine.sandboxes.open({ containerId: newId(), containerName, networks: [{ network, aliases }] });
    if (!sandbox) throw new Error('no sandbox in the answer');
    return sandbox;
  }

  const gatewayOf = ({ endpoints: [endpoint] }: Sandbox): string => endpoint?.gateway ?? '';
  const addressOf = ({ endpoints: [endpoint] }: Sandbox, family: 4 | 6): string =>
    (family === 4 ? endpoint?.ipv4Address : endpoint?.ipv6Address)?.split('/')[0] ?? '';

  async function ask(from: Sandbox, name: string, type: keyof typeof types, server = gatewayOf(from)): Promise<Answer> {
    return eventually(async () => parse(await send(from.netnsPath, server, question(name, type))));
  }

  it('lead to the addresses of a family, of those on a network that one is on', async () => {
    const db = await open('db', 'one', ['database']);
    const web = await open('web', 'one');
    const far = await open('far', 'two');
    for (const name of ['db', 'DB', 'database', db.containerId.slice(0, 12)]) {
      expect(await ask(web, name, 'a')).toEqual({ code: noError, addresses: [addressOf(db, 4)] });
    }
    expect(await ask(web, 'db', 'aaaa')).toEqual({ code: noError, addresses: [addressOf(db, 6)] });
    expect(await ask(web, 'db', 'a', web.endpoints[0]?.ipv6Gateway)).toEqual({ code: noError, addresses: [addressOf(db, 4)] });
    // No address of that family, and still a name: resolvers that ask for both must not give up.
    expect(await ask(far, 'far', 'aaaa')).toEqual({ code: noError, addresses: [] });
    expect((await ask(web, 'far', 'a')).addresses).toEqual([]);
    expect((await ask(far, 'db', 'a')).addresses).toEqual([]);
  });

  it('are answered whatever a container sends, and again when their server was killed', async () => {
    const bad = await open('bad', 'one');
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
    await Promise.all(hostile.map((packet) => send(bad.netnsPath, server, packet, '0.1')));
    const changed = Array.from({ length: 30 }, () => {
      const packet = Buffer.from(good);
      for (let count = randomInt(1, 6); count > 0; count--) packet[randomInt(packet.length)] = randomInt(256);
      return packet;
    });
    for (const packet of changed) await send(bad.netnsPath, server, packet, '0.01');
    expect((await ask(bad, 'bad', 'a')).addresses).toEqual([addressOf(bad, 4)]);
    await engine.sandboxes.rename({ containerId: bad.containerId, containerName: 'worse' });
    const pidFile = join(engine.root.paths.run, 'networks/names/aardvark.pid');
    process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL');
    const store = openStore(join(engine.root.paths.service('networks'), 'state.db'));
    const names = new Names({ directory: join(engine.root.paths.run, 'networks'), records: new Records(store), log: silentLogger });
    await using _watch = startWatch({ names, store, log: silentLogger, settled: async () => {}, firewall: { isPresent: async () => true } } as unknown as Ground, 5);
    expect((await ask(bad, 'worse', 'a')).addresses).toEqual([addressOf(bad, 4)]);
    expect(await names.revive()).toBe(false);
    store[Symbol.dispose]();
  });
});
