import { encodeCursor } from '@arcbox/events';
import {
  type EventLogInfo,
  EventsResponse,
  type EventsResponse_Cut,
  SystemServiceDefinition as EngineSystemServiceDefinition,
} from '@arcbox/proto/arcbox/engine/v1/system';
import { Event, SystemServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { encodedOnce } from './encode-once-wire.ts';
import type { EventLogFacts } from './event-log-info.ts';
import type { EventEntry, ToldEvent } from './stream-events.ts';

const { methods } = SystemServiceDefinition;
const { methods: engineMethods } = EngineSystemServiceDefinition;

/** arcbox.v1.SystemService; an event is encoded once for all who follow. */
export const systemDefinition = {
  ...SystemServiceDefinition,
  methods: { ...methods, events: { ...methods.events, responseType: encodedOnce(Event) } },
};

/** arcbox.engine.v1.SystemService; an event is encoded once for all who follow. */
export const engineSystemDefinition = {
  ...EngineSystemServiceDefinition,
  methods: { ...engineMethods, events: { ...engineMethods.events, responseType: encodedOnce(EventsResponse) } },
};

type Answer = Pick<EventEntry, 'event' | 'cause'> & { cursor: string; cut?: EventsResponse_Cut };

/** Of entries that all who follow get alike. */
const shared = new WeakMap<EventEntry, Answer>();

/** The same object for the same entry wherever it can be, so that it is encoded once. */
export function toEventsResponse({ entry, place, since }: ToldEvent): Answer {
  const isShared = since === 0n && place === entry;
  const known = isShared ? shared.get(entry) : undefined;
  if (known) return known;
  const { event, cause, cut } = entry;
  const answer: Answer = {
    event,
    cursor: encodeCursor(place, since),
    cause,
    ...(cut ? { cut: { first: cut.first, dropped: BigInt(cut.dropped) } } : {}),
  };
  if (isShared) shared.set(entry, answer);
  return answer;
}

export function toEventLogInfo({ reachable, events, bytes, first, retention }: EventLogFacts): EventLogInfo {
  return {
    reachable,
    events: BigInt(events),
    bytes: BigInt(bytes),
    first,
    maxAge: BigInt(Math.floor(retention.maxAge / 1000)),
    maxBytes: BigInt(retention.maxBytes),
  };
}
