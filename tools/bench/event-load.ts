import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { Bus, encodeEvent, headersOf, startRelay, subjectOf } from '@arcbox/events';
import { silentLogger } from '@arcbox/log';
import { type NewEvent, openStore } from '@arcbox/store';
import { drain } from './drain.ts';
import { containerCount, containerId } from './event-containers.ts';

/** Bytes of a message. */
const largest = 1024 * 1024;

async function publish([url = '', directory = '', rate = '', count = '']: string[]): Promise<void> {
  mkdirSync(directory, { recursive: true });
  using store = openStore(join(directory, 'state.db'));
  await using bus = new Bus({ url, name: 'bench', log: silentLogger });
  await bus.connection;
  await using _relay = startRelay({ bus, store, source: 'arcbox://bench/bench', log: silentLogger });
  const started = performance.now();
  for (let done = 0; done < Number(count); ) {
    await sleep(1);
    const due = Math.min(Number(count), Math.floor(((performance.now() - started) * Number(rate)) / 1000));
    for (; done < due; done++) {
      store.outbox.append(eventOf(done));
      // A worker does other things between two commits.
      await setImmediate();
    }
  }
  while (store.outbox.waiting > 0) await sleep(5);
  process.exit();
}

/** So many are on their way at once. */
const ahead = 2_000;

async function fill([url = '', count = '']: string[]): Promise<void> {
  await using bus = new Bus({ url, name: 'bench', log: silentLogger });
  const connection = await bus.connection;
  const now = BigInt(Date.now()) * 1_000_000n;
  for (let done = 0; done < Number(count); ) {
    for (const end = Math.min(done + ahead, Number(count)); done < end; done++) {
      const row = { ...eventOf(done), seq: done, id: randomUUID(), timeNano: now + BigInt(done) };
      connection.publish(subjectOf(row), encodeEvent(row, largest), { headers: headersOf(row, 'arcbox://bench/bench') });
    }
    await connection.flush();
  }
  process.exit();
}

const actions = ['create', 'start', 'die', 'destroy'];

/** Of one of a thousand containers, as large as most are. One of ten thousand tells of want of memory. */
function eventOf(number: number): NewEvent {
  const container = number % containerCount;
  const attributes = { image: 'localhost/bench/busybox:latest', name: `bench-${container}`, exitCode: '0', execDuration: '3' };
  const action = number % 10_000 === 0 ? 'oom' : (actions[Math.floor(number / containerCount) % actions.length] ?? '');
  return { type: 'container', action, actor: { id: containerId(container), attributes } };
}

/**
 * What the benchmark of events needs beside itself, as processes of their own:
 * `publish <nats url> <directory> <rate> <count>` commits events as a worker does, through an outbox and its relay;
 * `fill <nats url> <count>` publishes as many as fast as the bus takes them, without a store behind them;
 * `drain <socket> <streams> all|own` follows all events so many times, or those of a container each, and reads without looking.
 */
const [what, ...args] = process.argv.slice(2);
if (what === 'publish') await publish(args);
else if (what === 'fill') await fill(args);
else if (what === 'drain') await drain(args[0] ?? '', Number(args[1]), args[2] === 'own' ? 'own' : 'all');
else throw new Error(`nothing is known of ${what}`);
