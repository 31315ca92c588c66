import { encodeCursor } from '@arcbox/events';
import {
  type EventLogInfo,
  EventsResponse,
  type EventsResponse_Cut,
  SystemServiceDefinition as EngineSystemServiceDefinition,
} from '@arcbox/proto/arcbox/engine/v1/system';
import { Event, SystemServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { inPieces, Pieces } from '@arcbox/rpc';
import type { EventLogFacts } from './event-log-info.ts';
import { onceFor } from './once-for.ts';
import type { EventEntry, ToldEvent } from './stream-events.ts';

const { methods } = SystemServiceDefinition;
const { methods: engineMethods } = EngineSystemServiceDefinition;

/** arcbox.v1.SystemService, which tells of events in pieces. */
export const systemDefinition = { ...SystemServiceDefinition, methods: { ...methods, events: inPieces(methods.events) } };

/** arcbox.engine.v1.SystemService, which does so, too. */
export const engineSystemDefinition = { ...EngineSystemServiceDefinition, methods: { ...engineMethods, events: inPieces(engineMethods.events) } };

const events = new Pieces(Event);
const responses = new Pieces(EventsResponse);

/** The events alone, as arcbox.v1 has them. */
export const toEventPieces = onceFor((told: readonly ToldEvent[]) => events.of(told.flatMap(({ entry }) => entry.event ?? [])));

/** All that there is to tell, as arcbox.engine.v1 has it. */
export const toResponsePieces = onceFor((told: readonly ToldEvent[]) => responses.of(told.map(toEventsResponse)));

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
