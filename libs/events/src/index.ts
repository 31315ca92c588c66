export { Bus } from './bus.ts';
export { type Cursor, decodeCursor, encodeCursor, type Place } from './cursor.ts';
export { EventLog } from './event-log.ts';
export type { Cut, LogEntry, LoggedEvent } from './log-entry.ts';
export { type BusState, inspectBus } from './inspect-bus.ts';
export { startRelay } from './relay.ts';
export { shareEvents } from './share-events.ts';
export { encodeEvent, headersOf } from './wire.ts';
export { eventStream, subjectOf, subjectsOf } from './subjects.ts';
