import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dataLoss } from '@arcbox/errors';
import { Event, EventsRequest, SystemServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { type CallContext, inPieces, type Piece, Pieces } from '@arcbox/rpc';
import { eventually, type NatsServer, partly, startNats, temporaryRoot, type TemporaryRoot } from '@arcbox/testing';
import { Status } from 'nice-grpc';
import { startWorker, type Worker } from './worker.ts';

const { methods } = SystemServiceDefinition;
const inPiecesDefinition = { ...SystemServiceDefinition, methods: { ...methods, events: inPieces(methods.events) } };

/** What a stream of 64 KiB messages has, when nobody stops it. */
const endless = 3_000;

const numbered = (from: number, count: number, size = 0): Event[] =>
  Array.from({ length: count }, (_, index) => Event.fromPartial({ action: String(from + index), actor: { id: 'x'.repeat(size) } }));

const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

describe('a stream in pieces', () => {
  let root: TemporaryRoot;
  let nats: NatsServer;
  let worker: Worker;
  let produced = 0;
  const signals: AbortSignal[] = [];
  const left: string[] = [];

  async function* events({ filters: { what = '' } }: EventsRequest, { signal }: CallContext): AsyncGenerator<Piece, void, undefined> {
    const pieces = new Pieces(Event);
    signals.push(signal);
    try {
      // Pieces of one, two, three … messages.
      if (what === 'many') for (let from = 0, count = 1; from < 5_050; from += count++) yield* pieces.of(numbered(from, count));
      if (what === 'fails') {
        yield* pieces.of(numbered(0, 100));
        throw dataLoss('that was all');
      }
      if (what === 'endless') for (produced = 0; produced < endless; produced++) yield* pieces.of(numbered(produced, 1, 60_000));
      if (what === 'waits') {
        yield* pieces.of(numbered(0, 3));
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        yield* pieces.of(numbered(3, 1));
      }
    } finally {
      left.push(what);
    }
  }

  beforeAll(async () => {
    [root, nats] = [temporaryRoot(), await startNats()];
    const service = partly(inPiecesDefinition, {
      events,
      async ping() {
        return {};
      },
    });
    worker = await startWorker('system', [service], { root, natsUrl: nats.url });
  });
  beforeEach(() => {
    left.length = signals.length = 0;
  });
  afterAll(async () => {
    await worker[Symbol.asyncDispose]();
    await nats[Symbol.asyncDispose]();
    await root[Symbol.asyncDispose]();
  });

  const system = () => worker.client(SystemServiceDefinition);

  it('is one of messages for its clients: in order, each once, and then its end', async () => {
    const all = await Array.fromAsync(system().events({ filters: { what: 'many' } }));
    expect(all.map(({ action }) => action)).toEqual(numbers(5_050));
    expect(left).toEqual(['many']);
  });

  it('tells of a failure after the last message', async () => {
    const seen: string[] = [];
    const reading = async (): Promise<void> => {
      for await (const { action } of system().events({ filters: { what: 'fails' } })) seen.push(action);
    };
    await expect(reading()).rejects.toMatchObject({ code: Status.DATA_LOSS, details: 'that was all' });
    expect(seen).toEqual(numbers(100));
  });

  it('is understood by other clients', async () => {
    const proto = join(import.meta.dirname, '../../proto/proto');
    const args = ['--schema', proto, '--protocol', 'grpc', '--http2-prior-knowledge', '--unix-socket', worker.server.address.slice('unix:'.length)];
    const request = ['--data', '{"filters":{"what":"many"}}', 'http://localhost/arcbox.v1.SystemService/Events'];
    const { stdout } = await promisify(execFile)('npx', ['buf', 'curl', ...args, ...request], { maxBuffer: 2 ** 26, timeout: 60_000 });
    expect([...stdout.matchAll(/"action": ?"(\d+)"/g)].map(([, number]) => number)).toEqual(numbers(5_050));
  });

  it('waits for a reader that does not read, and goes on where it was', async () => {
    const abort = new AbortController();
    const reading = system().events({ filters: { what: 'endless' } }, { signal: abort.signal })[Symbol.asyncIterator]();
    const seen = [(await reading.next()).value?.action];
    const other = system();
    // It stands when nothing has been added while other calls were answered.
    for (let still = 0, before = -1; still < 50; before = produced) {
      await other.ping({});
      still = produced === before ? still + 1 : 0;
    }
    expect(produced).toBeLessThan(200);
    const standing = produced;
    while (seen.length < standing + 100) seen.push((await reading.next()).value?.action);
    expect(seen).toEqual(numbers(standing + 100));
    abort.abort();
    await expect(reading.next()).rejects.toThrow(/abort/i);
    await eventually(() => expect(left).toEqual(['endless']));
    expect(produced).toBeLessThan(endless);
  });

  it('ends when its client leaves in the middle, or its time is over', async () => {
    for await (const { action } of system().events({ filters: { what: 'waits' } })) if (action === '2') break;
    await eventually(() => expect(left).toEqual(['waits']));
    expect(signals[0]?.aborted).toBe(true);

    const request = Buffer.from(EventsRequest.encode(EventsRequest.fromPartial({ filters: { what: 'waits' } })).finish());
    const raw = (bytes: Buffer): Buffer => bytes;
    const call = worker.raw().makeServerStreamRequest('/arcbox.v1.SystemService/Events', raw, raw, request, { deadline: Date.now() + 300 });
    const messages: Buffer[] = [];
    call.on('data', (message: Buffer) => messages.push(message));
    const { code } = await new Promise<{ code: Status }>((resolve) => call.on('error', (error) => resolve(error as unknown as { code: Status })));
    expect(code).toBe(Status.DEADLINE_EXCEEDED);
    expect(messages.map((message) => Event.decode(message).action)).toEqual(['0', '1', '2']);
    await eventually(() => expect(left).toEqual(['waits', 'waits']));
  });
});
