import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@arcbox/log';
import { Counter } from '@arcbox/metrics';
import type { OutboxRow, Store } from '@arcbox/store';
import { Signal } from '@arcbox/stream';
import type { NatsConnection } from 'nats';
import type { Bus } from './bus.ts';
import { type OutgoingMessage, publishAll } from './publish-all.ts';
import { reconcile } from './reconcile.ts';
import { subjectOf } from './subjects.ts';
import { unlessAborted } from './unless-aborted.ts';
import { encodeEvent, headersOf } from './wire.ts';

const published = new Counter('arcbox_events_published_total', 'Events that this process has given to the bus.');

/** Events in one pipelined batch. */
const batchSize = 256;

/** How often a replica looks for events that another one left behind, in milliseconds. */
const patrol = 1_000;

/** How soon it looks again while another replica is publishing, in milliseconds. */
const retry = 10;

/** What every server takes as a message unless it says otherwise: the default of nats-server, in bytes. */
const smallestPayload = 1024 * 1024;

/**
 * From one batch to the next, in milliseconds: what is committed meanwhile goes out together, which saves everybody on its
 * way a wake where there are a thousand a second; 3 ms save more, and the slowest of a hundred comes a half later. The
 * first after a silence waits for nothing, and while more waits than goes into a batch nothing does.
 */
const usualPace = 1;

/** How soon it tries again when publishing has failed, in milliseconds. */
const afterFailure = 200;

/**
 * Publishes the outbox of `store` to JetStream, in order per object and once
 * each. All replicas run a relay; a lease lets one of them work at a time. The
 * holder gives the lease up only after it has seen the outbox empty, so whoever
 * finds it taken may leave its events to the holder.
 */
export function startRelay(options: RelayOptions): AsyncDisposable {
  const abort = new AbortController();
  const wake = new Signal();
  options.store.outbox.onAppend(() => wake.raise());
  options.bus.onReconnect(() => wake.raise(), abort.signal);
  options.bus.connection.then(
    () => wake.raise(),
    () => {},
  );
  const running = run(options, wake, abort.signal);
  return {
    async [Symbol.asyncDispose]() {
      abort.abort();
      await running;
    },
  };
}

interface RelayOptions {
  readonly bus: Bus;
  readonly store: Store;
  /** `ce-source` of the events: `arcbox://<node>/<worker>`. */
  readonly source: string;
  readonly log: Logger;
  /** From one batch to the next, in milliseconds, if it is not to be the usual. */
  readonly pace?: number;
}

async function run(options: RelayOptions, wake: Signal, signal: AbortSignal): Promise<void> {
  const { bus, store, log } = options;
  let isChecked = false;
  bus.onDisconnect(() => (isChecked = false), signal);
  while (!signal.aborted) {
    let pause = patrol;
    try {
      if (bus.connected) {
        using lease = store.leases.tryHold('outbox-relay');
        if (lease) {
          if (!isChecked) await whileConnected(bus, signal, (gone) => reconcile(bus, store, log, gone));
          isChecked = true;
          await whileConnected(bus, signal, (gone) => drain(options, gone));
        }
        // Events may wait here because another replica is at them; it may not see the last ones before it leaves.
        if (store.outbox.waiting > 0) pause = retry;
      }
    } catch (error) {
      isChecked = false;
      if (!signal.aborted && bus.connected) log.warn({ error }, 'events wait: publishing failed');
      pause = afterFailure;
    }
    await wake.wait(pause, signal);
  }
}

/** Runs `work` until the bus goes away or `signal` aborts: nothing waits for an answer that cannot come any more. */
async function whileConnected(bus: Bus, signal: AbortSignal, work: (gone: AbortSignal) => Promise<void>): Promise<void> {
  const over = new AbortController();
  const gone = new AbortController();
  const leave = (): void => gone.abort(new Error('the bus went away, or the relay stops'));
  bus.onDisconnect(leave, over.signal);
  signal.addEventListener('abort', leave);
  try {
    await unlessAborted(work(gone.signal), gone.signal);
  } finally {
    signal.removeEventListener('abort', leave);
    over.abort();
  }
}

/** Publishes what waits until nothing does. */
async function drain({ bus, store, source, pace = usualPace }: RelayOptions, signal: AbortSignal): Promise<void> {
  const connection = await bus.connection;
  for (let rows = store.outbox.next(batchSize); rows.length > 0; rows = store.outbox.next(batchSize)) {
    const next = performance.now() + (store.outbox.waiting > rows.length ? 0 : pace);
    const places = await publishAll(connection, rows.map((row) => messageOf(row, { connection, source })));
    // What the server took and is not noted here is published again: it knows the id.
    signal.throwIfAborted();
    const taken = rows.flatMap(({ seq }, index) => {
      const streamSeq = places[index];
      return typeof streamSeq === 'number' ? [{ seq, streamSeq }] : [];
    });
    store.outbox.published(taken);
    published.add(taken.length);
    const failure = places.find((place) => typeof place !== 'number');
    if (failure) throw failure;
    const pause = next - performance.now();
    if (pause > 0) await sleep(pause, undefined, { signal });
  }
}

function messageOf(row: OutboxRow, { connection, source }: { connection: NatsConnection; source: string }): OutgoingMessage {
  const data = encodeEvent(row, connection.info?.max_payload ?? smallestPayload);
  return { subject: subjectOf(row), data, headers: headersOf(row, source) };
}
