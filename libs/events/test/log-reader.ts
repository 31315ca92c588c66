import { Bus, EventLog } from '@arcbox/events';
import { silentLogger } from '@arcbox/log';
import { eventually, type NatsServer, startNats } from '@arcbox/testing';
import { Publisher } from './publisher.ts';

/** A server, the log in it, and somebody who publishes. */
export interface LogReader extends AsyncDisposable {
  readonly nats: NatsServer;
  readonly bus: Bus;
  readonly log: EventLog;
  readonly publisher: Publisher;
}

export async function openLog(): Promise<LogReader> {
  await using stack = new AsyncDisposableStack();
  const nats = stack.use(await startNats());
  const bus = stack.use(new Bus({ url: nats.url, name: 'reader', log: silentLogger }));
  const log = stack.use(new EventLog(bus, silentLogger));
  const publisher = stack.use(await Publisher.open(nats.url));
  await eventually(async () => (await publisher.manager()).streams.info('ARCBOX_EVENTS'));
  const kept = stack.move();
  return { nats, bus, log, publisher, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
