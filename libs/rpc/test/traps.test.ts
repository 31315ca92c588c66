import { setImmediate as macrotask, setTimeout as sleep } from 'node:timers/promises';
import { notFound } from '@arcbox/errors';
import { ImageStoreServiceDefinition, ImportResponse } from '@arcbox/proto/arcbox/engine/v1/image';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { eventually, type NatsServer, partly, startNats, temporaryRoot, type TemporaryRoot } from '@arcbox/testing';
import { Metadata } from '@grpc/grpc-js';
import { startWorker, type Worker } from './worker.ts';

const bytes = (value: Buffer): Buffer => value;

/** Lets this process do nothing for so long in each of so many turns, as on a machine that is busy. */
async function holdUp(turns: number, milliseconds: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
    await macrotask();
  }
}

/** What DESIGN lists as found in grpc-js, held against our servers and clients. */
describe('traps of grpc-js', () => {
  let root: TemporaryRoot;
  let nats: NatsServer;
  let worker: Worker;
  const uploads: string[] = [];
  const signals: AbortSignal[] = [];
  let asked = 0;
  let produced = 0;

  beforeAll(async () => {
    root = temporaryRoot();
    nats = await startNats();
    const containers = partly(ContainerServiceDefinition, {
      async inspect({ id }, { signal }) {
        signals.push(signal);
        return { id };
      },
      async *logs({ containerId }, { signal }) {
        asked++;
        signals.push(signal);
        if (containerId === 'short') return yield { stream: 'stdout' };
        if (containerId === 'many') {
          for (let number = 0; number < 5_000; number++) yield { message: Buffer.from(String(number)) };
          throw notFound('that was all');
        }
        for (; produced < 10_000; produced++) yield { message: Buffer.alloc(32 * 1024) };
      },
      async *attach(input, { signal }) {
        signals.push(signal);
        let first = true;
        for await (const { data } of input) {
          if (data.toString() === 'bye') return yield { data: Buffer.from('left') };
          yield { data };
          first = false;
        }
        if (!first) await sleep(20);
        yield { data: Buffer.from('late') };
      },
    });
    const store = partly(ImageStoreServiceDefinition, {
      async import(requests, { signal }) {
        signals.push(signal);
        try {
          let size = 0;
          for await (const { data } of requests) size += data.length;
          uploads.push('whole');
          return { images: [{ id: String(size) }] };
        } catch (error) {
          uploads.push(`broken: ${String(error)}`);
          throw error;
        }
      },
    });
    worker = await startWorker('containers', [containers, store], { root, natsUrl: nats.url });
  });
  afterAll(async () => {
    await worker[Symbol.asyncDispose]();
    await nats[Symbol.asyncDispose]();
    await root[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    uploads.length = signals.length = asked = produced = 0;
  });

  async function* input(...words: string[]): AsyncGenerator<{ data: Buffer }> {
    for (const word of words) yield { data: Buffer.from(word) };
  }

  it('1: output goes on after the input of a bidi call has ended', async () => {
    const client = worker.client(ContainerServiceDefinition);
    for (const words of [[], ['a'], ['a', 'b']]) {
      const seen: string[] = [];
      for await (const { data } of client.attach(input(...words))) seen.push(data.toString());
      expect(seen).toEqual([...words, 'late']);
    }
  });

  it('1: a handler may leave while the client still sends', async () => {
    const client = worker.client(ContainerServiceDefinition);
    const open = Promise.withResolvers<void>();
    const endless = (async function* () {
      yield* input('bye');
      await open.promise;
    })();
    const seen: string[] = [];
    for await (const { data } of client.attach(endless)) seen.push(data.toString());
    expect(seen).toEqual(['left']);
    open.resolve();
  });

  it('2: a cancelled upload never looks whole', async () => {
    const path = '/arcbox.engine.v1.ImageStoreService/Import';
    const client = worker.raw();
    for (let i = 0; i < 60; i++) {
      const call = client.makeClientStreamRequest(path, bytes, bytes, new Metadata(), () => {});
      call.on('error', () => {});
      for (let piece = 0; piece < i % 7; piece++) call.write(Buffer.from([10, 1, 65]));
      // From before the first byte has left to long after the last one has come.
      for (let turn = 0; turn < i % 12; turn++) await macrotask();
      if (i % 3 === 0) await sleep(i % 5);
      call.cancel();
      if (i % 10 === 0) await holdUp(3, 60);
    }
    // Over the same connection: once this one is answered, all before it have come.
    const answer = await new Promise<ImportResponse>((resolve, reject) => {
      const call = client.makeClientStreamRequest(path, bytes, ImportResponse.decode, new Metadata(), (error, value) =>
        value ? resolve(value) : reject(error),
      );
      call.end(Buffer.from([10, 3, 97, 98, 99]));
    });
    await eventually(() => expect(uploads).toHaveLength(signals.length));
    expect(uploads.filter((end) => end === 'whole')).toHaveLength(1);
    expect(answer.images[0]?.id).toBe('3');
  });

  it('3: the signal of a call that has ended in order does not abort', async () => {
    const containers = worker.client(ContainerServiceDefinition);
    for (let i = 0; i < 20; i++) {
      await containers.inspect({ id: 'x' });
      for await (const _ of containers.logs({ containerId: 'short' }));
      for await (const _ of containers.attach(input('a')));
      await worker.client(ImageStoreServiceDefinition).import(input('a'));
    }
    await sleep(100);
    expect(signals).toHaveLength(80);
    expect(signals.filter((signal) => signal.aborted)).toEqual([]);
  });

  it('4: a stream is opened by the first read, and goes no further than it is read', async () => {
    const iterable = worker.client(ContainerServiceDefinition).logs({ containerId: 'long' });
    await sleep(100);
    expect(asked).toBe(0);
    const iterator = iterable[Symbol.asyncIterator]();
    await iterator.next();
    let last = -1;
    while (produced !== last) {
      last = produced;
      await sleep(200);
    }
    expect(produced).toBeLessThan(200);
    await iterator.return?.();
    await eventually(() => expect(signals[0]?.aborted).toBe(true));
  });

  it('answers that go out together come one by one, in their order, before the error that ends them', async () => {
    const numbers: number[] = [];
    const reading = async (): Promise<void> => {
      for await (const { message } of worker.client(ContainerServiceDefinition).logs({ containerId: 'many' })) numbers.push(Number(message.toString()));
    };
    await expect(reading()).rejects.toThrow('that was all');
    expect(numbers).toEqual(Array.from({ length: 5_000 }, (_, number) => number));
  });
});
