import { createHash } from 'node:crypto';
import { connect } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClientReadableStream, Metadata, status, type StatusObject } from '@grpc/grpc-js';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { ImageStoreServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/image';
import { eventually, partly } from '@arcbox/testing';
import { type Engine, startEngine } from './engine.ts';

const bytes = (value: Buffer): Buffer => value;
const mebibyte = 1024 * 1024;
const piece = Buffer.alloc(64 * 1024, 'arcbox');
const pieces = 1_024;
const path = '/arcbox.engine.v1.ImageStoreService/Import';

/** Makes the field `id` = 1 of the requests of this test. */
const withId = (id: string): Buffer => Buffer.concat([Buffer.from([10, id.length]), Buffer.from(id)]);

describe('flow', () => {
  let engine: Engine;
  let produced = 0;
  let consumed = 0;
  let mayConsume = Promise.withResolvers<void>();
  const ends: string[] = [];

  beforeAll(async () => {
    engine = await startEngine();
    const containers = partly(ContainerServiceDefinition, {
      async *logs({ containerId }, { signal }) {
        try {
          if (containerId === 'slow') await sleep(60_000, undefined, { signal });
          for (let i = 0; i < pieces && !signal.aborted; i++) {
            produced++;
            yield { message: piece, stream: 'stdout' };
          }
        } finally {
          ends.push(signal.aborted ? 'cancelled' : 'whole');
        }
      },
      async inspect({ id }) {
        return { id };
      },
    });
    const store = partly(ImageStoreServiceDefinition, {
      async import(requests) {
        const hash = createHash('sha256');
        await mayConsume.promise;
        try {
          for await (const { data } of requests) {
            consumed++;
            hash.update(data);
          }
          ends.push('whole');
        } catch (error) {
          ends.push('broken');
          throw error;
        }
        return { images: [{ id: hash.digest('hex'), names: [] }] };
      },
    });
    await engine.worker('containers', [containers]);
    await engine.worker('images', [store]);
  });
  afterAll(() => engine[Symbol.asyncDispose]());
  beforeEach(() => {
    produced = consumed = 0;
    mayConsume = Promise.withResolvers();
    ends.length = 0;
  });

  const logs = (id: string, client = engine.raw()): ClientReadableStream<Buffer> =>
    client.makeServerStreamRequest('/arcbox.v1.ContainerService/Logs', bytes, bytes, withId(id), new Metadata());

  /** A stream whose client has read one message and reads no more. */
  const stalledLogs = async (client = engine.raw()): Promise<ClientReadableStream<Buffer>> => {
    const call = logs('x', client);
    await new Promise((resolve) => call.once('data', resolve));
    call.pause();
    return call;
  };

  it('a client that does not read stops the worker; then every byte comes', async () => {
    const before = process.memoryUsage().rss;
    const call = await stalledLogs();
    let last = -1;
    while (produced !== last) {
      last = produced;
      await sleep(300);
    }
    expect(produced * piece.length).toBeLessThan(8 * mebibyte);
    let size = piece.length;
    for await (const message of call) {
      size += (message as Buffer).length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(size).toBeGreaterThan(pieces * piece.length);
    expect(size).toBeLessThan(pieces * (piece.length + 64));
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * mebibyte);
  });

  it('a worker that does not read stops the client; then every byte comes', async () => {
    let sent = 0;
    const whole = createHash('sha256');
    const importing = engine.client(ImageStoreServiceDefinition).import(
      (async function* () {
        for (let i = 0; i < pieces; i++) {
          sent++;
          whole.update(piece);
          yield { data: piece };
        }
      })(),
    );
    let last = -1;
    while (sent !== last) {
      last = sent;
      await sleep(300);
    }
    expect(sent * piece.length).toBeLessThan(8 * mebibyte);
    mayConsume.resolve();
    const answer = await importing;
    expect(answer.images[0]?.id).toBe(whole.digest('hex'));
    expect(consumed).toBe(pieces);
  });

  it('50 streams that nobody reads do not hold up another one on the same connection', async () => {
    const client = engine.raw();
    const unread = await Promise.all(Array.from({ length: 50 }, () => stalledLogs(client)));
    await sleep(500);
    let size = 0;
    for await (const message of logs('x', client)) size += (message as Buffer).length;
    expect(size).toBeGreaterThan(pieces * piece.length);
    for (const call of unread) {
      call.on('error', () => {});
      call.cancel();
    }
    await eventually(() => expect(ends.filter((end) => end === 'cancelled')).toHaveLength(50));
  });

  it('carries 400 streams at once on one connection, and a call besides', async () => {
    const client = engine.raw();
    const idle = Array.from({ length: 400 }, () => logs('slow', client));
    await Promise.all(idle.map((call) => new Promise((resolve) => call.once('metadata', resolve))));
    const answer = await new Promise<Buffer | undefined>((resolve, reject) => {
      client.makeUnaryRequest('/arcbox.v1.ContainerService/Inspect', bytes, bytes, withId('x'), (error, value) =>
        error ? reject(error) : resolve(value),
      );
    });
    expect(answer).toEqual(withId('x'));
    for (const call of idle) {
      call.on('error', () => {});
      call.cancel();
    }
    await eventually(() => expect(ends.filter((end) => end === 'cancelled')).toHaveLength(400));
  });

  it('a later call gets its turn beside earlier ones that send more than goes through', async () => {
    const flood = Array.from({ length: 20 }, () => logs('x').on('error', () => {}));
    await Promise.all(flood.map((call) => new Promise((resolve) => call.once('data', resolve))));
    const later = logs('x').on('error', () => {});
    await new Promise((resolve) => later.once('data', resolve));
    expect(ends).toEqual([]);
    for (const call of [...flood, later]) call.cancel();
    await eventually(() => expect(ends).toHaveLength(21));
  });

  it('many cancelled calls harm no other', async () => {
    const client = engine.raw();
    const witness = logs('slow');
    let witnessEnd: StatusObject | undefined;
    witness.on('error', () => {});
    witness.on('status', (end) => (witnessEnd = end));
    await new Promise((resolve) => witness.once('metadata', resolve));
    for (let round = 0; round < 30; round++) {
      const calls = Array.from({ length: 100 }, () => logs('slow', client));
      await Promise.all(
        calls.map(async (call) => {
          await new Promise((resolve, reject) => call.on('error', reject).once('metadata', resolve));
          const end = new Promise<StatusObject>((resolve) => call.once('status', resolve));
          call.cancel();
          expect((await end).details).toBe('Cancelled on client');
        }),
      );
    }
    expect(witnessEnd).toBeUndefined();
    witness.cancel();
  });

  it('a client that cancels or dies in the middle of an upload is no end of input', async () => {
    mayConsume.resolve();
    const uploads = (): string[] => ends.filter((end) => end !== 'cancelled');
    const call = engine.raw().makeClientStreamRequest(path, bytes, bytes, new Metadata(), () => {});
    call.on('error', () => {});
    call.write(withId('a piece'));
    await eventually(() => expect(consumed).toBe(1));
    call.cancel();
    await eventually(() => expect(uploads()).toEqual(['broken']));

    const socket = connectSocket(engine.socket);
    const session = connect('http://localhost', { createConnection: () => socket });
    session.on('error', () => {});
    const head = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' };
    const stream = session.request(head).on('error', () => {});
    stream.write(Buffer.concat([Buffer.from([0, 0, 0, 0, 3]), withId('a')]));
    await eventually(() => expect(consumed).toBe(2));
    socket.destroy();
    await eventually(() => expect(uploads()).toEqual(['broken', 'broken']));
  });

  it('ends a call whose deadline passes, also when neither side listens', async () => {
    const call = engine.raw().makeServerStreamRequest('/arcbox.v1.ContainerService/Logs', bytes, bytes, withId('slow'), new Metadata(), { deadline: Date.now() + 300 });
    call.on('error', () => {});
    const end = await new Promise<StatusObject>((resolve) => call.once('status', resolve));
    expect(end.code).toBe(status.DEADLINE_EXCEEDED);
    await eventually(() => expect(ends).toContain('cancelled'));
  });
});
