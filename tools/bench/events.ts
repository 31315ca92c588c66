import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SystemServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { createChannel, createClient } from 'nice-grpc';
import { containerCount } from './event-containers.ts';
import { startLoad } from './load-process.ts';
import type { Peer } from './peer.ts';
import { processorTimes } from './processor-time.ts';
import { type Measurement, quantile } from './table.ts';

/** An engine starts to think of a reader when it has come; milliseconds. */
const settling = 1_000;

/** The first of them are not counted: everything is done for the first time then. */
const warmUp = 500;

/** Who reads while one subscriber is measured. */
export interface Audience {
  /** The measured one included. */
  readonly count: number;
  /** What each of the others follows. */
  readonly wanted: 'all' | 'own';
}

/**
 * How long after its commit an event is with a subscriber of the gateway, while so many are committed each second by one
 * worker and others follow all of them, or a container each. One subscriber of all is measured, with a client
 * of gRPC, the others only read (`drain.ts`): what is measured is the engine, and not two hundred clients on the same machine.
 */
export async function eventDelays(peers: readonly Peer[], directory: string, options: { rate: number; seconds: number; audiences: readonly Audience[] }): Promise<Measurement[]> {
  const { rate, seconds, audiences } = options;
  const rows: Measurement[] = [];
  for (const { count, wanted } of audiences) {
    const [p50, p99] = [new Map<string, number[]>(), new Map<string, number[]>()];
    for (const peer of peers) {
      const { name, events } = peer;
      if (!events) continue;
      const before = processorTimes(peer);
      const delays = await measureDelays(events, { rate, events: rate * seconds, others: { count: count - 1, wanted }, directory: join(directory, `events-${count}-${wanted}`) });
      p50.set(name, [quantile(delays, 0.5)]);
      p99.set(name, [quantile(delays, 0.99)]);
      const messages = rate * seconds * (wanted === 'all' ? count : 1 + (count - 1) / containerCount);
      for (const line of costs(before, processorTimes(peer), messages)) process.stderr.write(`${describe(count, wanted)}: ${line}\n`);
    }
    const work = `event: commit to subscriber at ${rate.toLocaleString('en')} events/s, ${describe(count, wanted)}`;
    rows.push({ work: `${work}: p50`, runs: p50 }, { work: `${work}: p99`, runs: p99 });
  }
  return rows;
}

/** What each process has used for a message that a subscriber has got; on a busy machine this says more than the delays. */
function costs(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>, messages: number): string[] {
  const used = [...after].map(([name, time]) => [name, time - (before.get(name) ?? 0)] as const).filter(([, time]) => time > 0);
  return used.map(([name, time]) => `${name}: ${((time * 1000) / messages).toFixed(2)} µs of processor time a message`);
}

function describe(count: number, wanted: Audience['wanted']): string {
  if (count === 1) return '1 subscriber';
  return `${count} subscribers, ${wanted === 'all' ? 'each of all events' : 'each of one container'}`;
}

async function measureDelays(
  { socket, natsUrl }: NonNullable<Peer['events']>,
  { rate, events, others, directory }: { rate: number; events: number; others: Audience; directory: string },
): Promise<number[]> {
  const channel = createChannel(`unix://${socket}`);
  const abort = new AbortController();
  await using stack = new AsyncDisposableStack();
  stack.defer(() => channel.close());
  if (others.count > 0) stack.use(await startLoad(['drain', socket, String(others.count), others.wanted], 'ready'));
  const delays: number[] = [];
  const stream = createClient(SystemServiceDefinition, channel).events({ filters: { container: String().padStart(8, 'b') } }, { signal: abort.signal });
  const reading = (async () => {
    for await (const { timeNano } of stream) {
      delays.push(Date.now() - Number(timeNano / 1000n) / 1000);
      if (delays.length === events) return;
    }
  })();
  await sleep(settling);
  const publishing = stack.use(await startLoad(['publish', natsUrl, directory, String(rate), String(events)]));
  await Promise.all([reading, publishing.ended]);
  abort.abort();
  return delays.slice(warmUp);
}
