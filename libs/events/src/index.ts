export { Bus } from './bus.ts';
export { EventLog, type LoggedEvent } from './event-log.ts';
export { startRelay } from './relay.ts';
export { shareEvents } from './share-events.ts';
export { eventStream, subjectOf } from './subjects.ts';
