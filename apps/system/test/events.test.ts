import type { Event, SystemServiceClient } from '@arcbox/proto/arcbox/v1/api';
import { eventually } from '@arcbox/testing';
import { startEngine } from './engine.ts';
import { startWriter } from './writer.ts';

const soon = (): bigint => BigInt(Math.floor(Date.now() / 1000) + 1);
const summary = (events: Event[]): string[] => events.map(({ action, actor }) => `${action} ${actor?.id}`);

async function history(client: SystemServiceClient, filters: Record<string, string> = { type: 'container' }): Promise<string[]> {
  return summary(await Array.fromAsync(client.events({ since: 1n, until: soon(), filters })));
}

test('headers come at once on an idle engine, and the stream ends with its client', async () => {
  await using engine = await startEngine();
  const abort = new AbortController();
  const opened = Promise.withResolvers<void>();
  const reading = Array.fromAsync(engine.system.events({}, { signal: abort.signal, onHeader: () => opened.resolve() }));
  await opened.promise;
  abort.abort();
  await expect(reading).rejects.toThrow(/abort/i);
});

test('lives are replayed in order, then followed without gap or repeat', async () => {
  await using engine = await startEngine();
  await using writer = startWriter(engine);
  const actions = ['create', 'start', 'die', 'destroy'];
  const live = (i: number): void => actions.forEach((action) => writer.write(action, `id${i}`));
  for (let i = 0; i < 20; i++) live(i);
  const read: Event[] = [];
  const reading = (async () => {
    for await (const event of engine.system.events({ since: 1n, filters: { type: 'container' } })) {
      read.push(event);
      if (read.length === 160) return;
    }
  })();
  for (let i = 20; i < 40; i++) live(i);
  await reading;
  for (let i = 0; i < 40; i++) {
    expect(summary(read.filter(({ actor }) => actor?.id === `id${i}`))).toEqual(actions.map((action) => `${action} id${i}`));
  }
});

test('every replica and every restart gives the same history; the engine starts and stops once', async () => {
  await using engine = await startEngine();
  {
    await using writer = startWriter(engine);
    writer.write('create', 'a');
    writer.write('die', 'a');
    await eventually(() => expect(writer.store.outbox.waiting).toBe(0));
  }
  const second = await engine.startSystem('1');
  const expected = ['create a', 'die a'];
  expect(await history(engine.system)).toEqual(expected);
  expect(await history(second.client)).toEqual(expected);

  await engine.worker[Symbol.asyncDispose]();
  await engine.nats.stop('SIGKILL');
  await engine.nats.start();
  const third = await engine.startSystem('0');
  expect(await history(third.client)).toEqual(expected);
  expect(await history(second.client)).toEqual(expected);
  const daemon = (await history(third.client, { type: 'daemon' })).map((line) => line.split(' ')[0]);
  expect(daemon).toEqual(['start']);
});

test('filters apply to history and news; unknown ones are refused by name', async () => {
  await using engine = await startEngine();
  await using writer = startWriter(engine);
  for (const id of ['a', 'b']) for (const action of ['create', 'die']) writer.write(action, id);
  await eventually(() => expect(writer.store.outbox.waiting).toBe(0));
  expect(await history(engine.system, { container: 'c-b' })).toEqual(['create b', 'die b']);
  expect(await history(engine.system, { event: 'die', label: 'exitCode=0' })).toEqual(['die a', 'die b']);
  await expect(history(engine.system, { colour: 'red' })).rejects.toMatchObject({ code: 3, details: 'unknown events filter: colour' });
  const backwards = Array.fromAsync(engine.system.events({ since: 20n, until: 10n }));
  await expect(backwards).rejects.toMatchObject({ code: 3 });
});

test('without a bus, the log is unavailable and everything else answers', async () => {
  await using engine = await startEngine();
  await engine.nats.stop();
  await eventually(() => expect(engine.worker.host.bus.connected).toBe(false));
  expect(await engine.system.ping({})).toMatchObject({ apiVersion: '1.0' });
  await expect(Array.fromAsync(engine.system.events({}))).rejects.toMatchObject({ code: 14, details: 'the event log cannot be reached' });
  await engine.nats.start();
});
