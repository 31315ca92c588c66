import { once } from 'node:events';
import { createSocket, type Socket } from 'node:dgram';
import { createServer } from 'node:net';
import { randomBytes, randomInt } from 'node:crypto';
import type { Sandbox } from '@arcbox/proto/arcbox/engine/v1/network';
import { describeIf } from '@arcbox/testing';
import { framed, parse, question, send, unframed } from './asking.ts';
import { type Engine, newId, startEngine } from './engine.ts';
import { runAt } from './places.ts';

/** A server outside that gives its many addresses by TCP only, and tells how it was asked. */
interface Upstream extends AsyncDisposable {
  readonly address: string;
  readonly asked: string[];
}

const many = 100;

/** On the host's loopback, which containers cannot reach themselves. */
async function startUpstream(): Promise<Upstream> {
  const address = `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(2, 255)}`;
  const asked: string[] = [];
  const answer = (message: Buffer, flags: number, count: number): Buffer => {
    const end = message.indexOf(0, 12) + 5;
    const head = Buffer.from(message.subarray(0, end));
    head.writeUInt16BE(flags, 2);
    head.fill(0, 6, 12);
    head.writeUInt16BE(count, 6);
    const record = (index: number): Buffer => Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, index]);
    return Buffer.concat([head, ...Array.from({ length: count }, (_, index) => record(index))]);
  };
  const datagrams: Socket = createSocket('udp4');
  datagrams.on('message', (message, { port, address: to }) => {
    asked.push('udp');
    datagrams.send(message.includes('few') ? answer(message, 0x8180, 1) : answer(message, 0x8380, 0), port, to);
  });
  datagrams.bind(53, address);
  await once(datagrams, 'listening');
  const streams = createServer((client) => {
    client.on('error', () => client.destroy());
    client.on('data', (chunk: Buffer) => {
      asked.push('tcp');
      for (const message of unframed(chunk)) client.write(framed(answer(message, 0x8180, message.includes('few') ? 1 : many)));
    });
  });
  streams.listen(53, address);
  await once(streams, 'listening');
  return {
    address,
    asked,
    async [Symbol.asyncDispose]() {
      datagrams.close();
      streams.close();
      await Promise.all([once(datagrams, 'close'), once(streams, 'close')]);
    },
  };
}

/** What a program in a namespace gets from a resolver that knows TCP: that of Node, c-ares. */
const resolve = "const r = new (require('dns').promises.Resolver)(); r.setServers([process.argv[1]]); r.resolve4(process.argv[2]).then((all) => console.log(all.length))";

/** Begins as many questions, and says how many of the connections were closed when the last of those that must be is. */
const holdOn = `let closed = 0;
  for (let count = Number(process.argv[2]); count > 0; count--) {
    const one = require('net').connect(53, process.argv[1]).on('error', () => {});
    one.on('close', () => ++closed === Number(process.argv[3]) && (console.log(closed), process.exit()));
    one.write(Buffer.from([0]));
  }`;

describeIf(['root', 'ip', 'nft', 'nsenter', 'socat'], 'names by TCP', () => {
  const stack = new AsyncDisposableStack();
  let engine: Engine;
  let upstream: Upstream;
  let asker: Sandbox;
  const gateway = (): string => asker.endpoints[0]?.gateway ?? '';
  const own = (): string => asker.endpoints[0]?.ipv4Address.split('/')[0] ?? '';

  beforeAll(async () => {
    engine = stack.use(await startEngine());
    upstream = stack.use(await startUpstream());
    await engine.networks.create({ name: 'one', enableIpv6: true });
    const { sandbox } = await engine.sandboxes.open({ containerId: newId(), containerName: 'asker', networks: [{ network: 'one' }], dns: [upstream.address] });
    if (!sandbox) throw new Error('no sandbox in the answer');
    asker = sandbox;
  });
  afterAll(() => stack.disposeAsync());

  async function ask(packet: Buffer, server = gateway(), seconds = 5): Promise<Buffer[]> {
    return unframed(await send(asker.netnsPath, server, packet, { way: 'TCP', seconds }));
  }

  it('are answered, many on one connection, in both families', async () => {
    const two = Buffer.concat([framed(question('asker', 'a')), framed(question('asker', 'aaaa'))]);
    const own6 = asker.endpoints[0]?.ipv6Address.split('/')[0];
    for (const server of [gateway(), asker.endpoints[0]?.ipv6Gateway]) {
      expect((await ask(two, server)).map((answer) => parse(answer).addresses)).toEqual([[own()], [own6]]);
    }
    const hundred = Buffer.concat(Array.from({ length: 100 }, () => framed(question('asker', 'a'))));
    expect(await ask(hundred)).toHaveLength(100);
  });

  it('that have no room in a datagram come by TCP, from outside as well', async () => {
    expect(parse(await send(asker.netnsPath, gateway(), question('few.example', 'a')))).toMatchObject({ isCut: false, addresses: ['192.0.2.0'] });
    expect(parse(await send(asker.netnsPath, gateway(), question('many.example', 'a')))).toMatchObject({ isCut: true, addresses: [] });
    expect(upstream.asked.splice(0)).toEqual(['udp', 'udp', 'tcp']);
    expect(parse((await ask(framed(question('many.example', 'a'))))[0] ?? Buffer.alloc(0)).addresses).toHaveLength(many);
    expect(upstream.asked.splice(0)).toEqual(['tcp']);
    expect(await runAt(asker.netnsPath, process.execPath, ['-e', resolve, gateway(), 'many.example'])).toBe(`${many}\n`);
  });

  it('are answered beside connections that say nothing, or nonsense, of which there are only so many', async () => {
    const good = framed(question('asker', 'a'));
    const garbage = [randomBytes(3_000), Buffer.from([0xff, 0xff, 1]), Buffer.from([0, 0]), framed(randomBytes(40)), framed(Buffer.alloc(12))];
    await Promise.all(garbage.map((packet) => ask(packet, gateway(), 0.2)));
    expect(await ask(Buffer.concat([good, Buffer.from([0x20, 0])]))).toHaveLength(1);
    // They hold a part of a question for as long as they may; only what is of the same address goes without an answer.
    const { sandbox: slow } = await engine.sandboxes.open({ containerId: newId(), containerName: 'slow', networks: [{ network: 'one' }] });
    const some = runAt(slow?.netnsPath ?? '', process.execPath, ['-e', holdOn, gateway(), '20', '4']);
    expect(await ask(good)).toHaveLength(1);
    expect(await some).toBe('4\n');
  });
});
