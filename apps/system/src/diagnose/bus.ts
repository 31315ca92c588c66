import { bytesText, type Finding, reporterOf } from '@arcbox/diagnosis';
import type { BusState } from '@arcbox/events';

/** Events that wait at a moment when all is well are few: they are published in milliseconds. */
const manyWaiting = 1_000;

const report = reporterOf('bus');

/** What is known of the bus. */
export interface SeenBus {
  /** Or why it did not tell. */
  readonly state: BusState | { readonly failure: string };
  /** Worker → events of it that are not in the log yet, of those that have said so. */
  readonly waiting: ReadonlyMap<string, number>;
  /** Log of the server, where the engine runs it. */
  readonly log: string;
}

export function judgeBus({ state, waiting, log }: SeenBus): Finding[] {
  const outbox = judgeOutbox(waiting);
  if ('failure' in state) {
    const message = `the bus does not answer (${state.failure}): events wait, and workers that start now are not found`;
    return [report.error('nats', message, `the engine starts it again by itself; see ${log}`), outbox];
  }
  return [report.ok('nats', `the bus answers, nats-server ${state.server}`), ...judgeStream(state), outbox];
}

function judgeStream({ stored, stream }: BusState): Finding[] {
  if (stored === undefined) {
    const advice = 'start nats-server with jetstream, or let the engine start its own: unset ARCBOX_NATS_URL';
    return [report.error('jetstream', 'the bus keeps nothing: it has no JetStream, and no event is delivered', advice)];
  }
  const storage = report.ok('jetstream', `JetStream stores ${bytesText(stored)}`);
  if (!stream) {
    const message = 'the event log is not there yet: no event was ever published';
    return [storage, report.warning('event log', message, 'it is made with the first event: see the logs of the workers when it is not')];
  }
  const message = `${stream.events} events take ${bytesText(stream.bytes)}${stream.maxBytes < 0 ? '' : ` of ${bytesText(stream.maxBytes)}`}`;
  if (!stream.isDurable) {
    const advice = 'remove the stream ARCBOX_EVENTS while the engine is stopped; it makes one on disk';
    return [storage, report.warning('event log', `${message}, in memory: a restart of the bus loses them`, advice)];
  }
  return [storage, report.ok('event log', message)];
}

function judgeOutbox(waiting: SeenBus['waiting']): Finding {
  if (waiting.size === 0) return report.unknown('outbox', 'no worker has said how many events wait for the bus');
  const sum = [...waiting.values()].reduce((all, count) => all + count, 0);
  const whose = [...waiting].filter(([, count]) => count > 0).map(([worker, count]) => `${worker} ${count}`);
  const message = `${sum} events wait for the bus${whose.length > 0 ? ` (${whose.join(', ')})` : ''}`;
  if (sum < manyWaiting) return report.ok('outbox', message);
  return report.warning('outbox', message, 'they go out when the bus is back; nothing is lost meanwhile');
}
