import { setTimeout as sleep } from 'node:timers/promises';
import { EventsResponse, type SystemServiceClient } from '@arcbox/proto/arcbox/engine/v1/system';
import { eventually } from '@arcbox/testing';
import { forRequest } from '@arcbox/request';
import { type Engine, startEngine } from './engine.ts';
import { startWriter } from './writer.ts';

const filters = { type: 'container' };
const eventsOf = (responses: readonly EventsResponse[]): string[] =>
  responses.flatMap(({ event }) => (event ? [`${event.action} ${event.actor?.id}`] : []));

/** Reads until `enough`, or the end of the stream. */
async function read(
  client: SystemServiceClient,
  request: Parameters<SystemServiceClient['events']>[0],
  enough: (seen: EventsResponse[]) => boolean = () => false,
): Promise<EventsResponse[]> {
  const seen: EventsResponse[] = [];
  for await (const response of client.events({ filters, ...request })) {
    seen.push(response);
    if (enough(seen)) break;
  }
  return seen;
}

describe('events with a cursor', () => {
  let engine: Engine;
  let replicas: SystemServiceClient[];
  beforeAll(async () => {
    engine = await startEngine();
    replicas = [engine.further, (await engine.startSystem('1')).further];
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  it('a reader that is cut at random, goes on at any replica, while the bus is killed, has every event once', async () => {
    await using writer = startWriter(engine);
    const since = BigInt(Date.now()) * 1_000_000n;
    const count = 600;
    const writing = (async () => {
      for (let i = 0; i < count; i++) {
        writer.write(String(i), `o${i % 7}`);
        await sleep(3);
        if (i === 150) void engine.nats.stop('SIGKILL').then(() => engine.nats.start());
        if (i === 400) void engine.nats.stop('SIGTERM').then(() => engine.nats.start());
      }
    })();
    const seen: EventsResponse[] = [];
    let cursor = '';
    for (let cutAfter = 1; eventsOf(seen).length < count; cutAfter = 1 + Math.floor(Math.random() * 60)) {
      const client = replicas[cutAfter % 2] as SystemServiceClient;
      try {
        for await (const response of client.events({ filters, ...(cursor ? { cursor } : { since }) })) {
          seen.push(response);
          cursor = response.cursor;
          if (--cutAfter === 0 || eventsOf(seen).length === count) break;
        }
      } catch (error) {
        // The bus is away: the client comes back with its cursor.
        expect(error).toMatchObject({ code: 14 });
      }
    }
    await writing;
    const whole = await read(engine.further, { since, until: BigInt(Date.now() + 60_000) * 1_000_000n }, (all) => eventsOf(all).length === count);
    expect(eventsOf(seen)).toEqual(eventsOf(whole));
    expect(new Set(eventsOf(seen)).size).toBe(count);
    for (let object = 0; object < 7; object++) {
      const numbers = seen.flatMap(({ event }) => (event?.actor?.id === `o${object}` ? [Number(event.action)] : []));
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    }
    expect(seen.some(({ cut }) => cut)).toBe(false);
  });

  it('who begins with the news has a cursor at once; the cause of an event comes with it', async () => {
    await using writer = startWriter(engine);
    const [first] = await read(engine.further, {}, (seen) => seen.length === 1);
    expect(first).toMatchObject({ event: undefined, cursor: expect.stringMatching(/^[\w-]{44}$/) });
    const cause = { requestId: 'r1', method: '/arcbox.v1.ContainerService/Stop', client: 'uid=0 pid=42', traceparent: '' };
    forRequest(cause, () => writer.write('stop', 'asked'));
    writer.write('die', 'by-itself');
    const missed = await read(replicas[1] as SystemServiceClient, { cursor: first?.cursor ?? '' }, (seen) => eventsOf(seen).length === 2);
    expect(missed.filter(({ event }) => event).map(({ event, cause }) => [event?.action, cause])).toEqual([
      ['stop', cause],
      ['die', undefined],
    ]);
  });

  it('two hundred who follow cost the encoding of one', async () => {
    await using writer = startWriter(engine);
    const followers = 200;
    const wanted = 20;
    const begun = Promise.withResolvers<void>();
    let ready = 0;
    const reading = Promise.all(
      Array.from({ length: followers }, () =>
        read(engine.further, { filters: { event: 'shared' } }, (seen) => {
          if (seen.length === 1 && ++ready === followers) begun.resolve();
          return eventsOf(seen).length === wanted;
        }),
      ),
    );
    await begun.promise;
    const encode = jest.spyOn(EventsResponse, 'encode');
    for (let i = 0; i < wanted; i++) writer.write('shared', `s${i}`);
    const seen = await reading;
    const encoded = encode.mock.calls.length;
    encode.mockRestore();
    for (const each of seen) expect(eventsOf(each)).toEqual(Array.from({ length: wanted }, (_, i) => `shared s${i}`));
    expect(encoded).toBe(wanted);
  });

  it('times are nanoseconds, and a part that has ended goes on where it ended', async () => {
    await using writer = startWriter(engine);
    for (const id of ['a', 'b', 'c']) writer.write('time', id);
    const mine = { event: 'time' };
    const all = await read(engine.further, { since: 1n, filters: mine }, (seen) => eventsOf(seen).length === 3);
    const [a = 0n, b = 0n, c = 0n] = all.flatMap(({ event }) => event?.timeNano ?? []);
    await eventually(() => expect(Date.now()).toBeGreaterThan(Number(c / 1_000_000n) + 1));
    const part = await read(engine.further, { since: a + 1n, until: b, filters: mine });
    expect(eventsOf(part)).toEqual(['time b']);
    const rest = await read(engine.further, { cursor: part.at(-1)?.cursor ?? '', until: c, filters: mine });
    expect(eventsOf(rest)).toEqual(['time c']);
  });

  it('what is no cursor, or contradicts itself, is refused by name', async () => {
    const refused = async (request: object, code: number, details: string): Promise<void> =>
      expect(read(engine.further, request)).rejects.toMatchObject({ code, details: expect.stringContaining(details) });
    const [{ cursor = '' } = {}] = await read(engine.further, {}, () => true);
    await refused({ cursor: 'yesterday' }, 3, 'not a cursor: yesterday');
    await refused({ cursor, since: 1n }, 3, 'cursor and since exclude each other');
    await refused({ filters: { colour: 'red' } }, 3, 'unknown events filter: colour');
    await using other = await startEngine();
    await expect(read(other.further, { cursor })).rejects.toMatchObject({ code: 9, details: expect.stringContaining('another event log') });
  });

  it('info tells how much history there is, and how much there may be', async () => {
    const { node, eventLog } = await engine.further.getInfo({});
    expect(node).toBe(engine.worker.host.node);
    expect(eventLog).toMatchObject({ reachable: true, maxAge: 0n, maxBytes: 4n * 1024n ** 3n });
    expect(Number(eventLog?.events)).toBeGreaterThan(600);
    expect(Number(eventLog?.bytes)).toBeGreaterThan(600 * 100);
    const [first] = await read(engine.further, { since: 1n, filters: {} }, (seen) => eventsOf(seen).length === 1);
    expect(eventLog?.first).toBe(first?.event?.timeNano);
    await engine.nats.stop();
    await eventually(() => expect(engine.worker.host.bus.connected).toBe(false));
    const away = await engine.further.getInfo({});
    expect(away.eventLog).toEqual({ reachable: false, events: 0n, bytes: 0n, first: 0n, maxAge: 0n, maxBytes: 4n * 1024n ** 3n });
    await engine.nats.start();
  });
});
