/** The JetStream stream that holds every event. */
export const eventStream = 'ARCBOX_EVENTS';

/** What the stream captures. */
export const allEvents = 'arcbox.events.v1.>';

/** `arcbox.events.v1.<type>.<action>`; what NATS forbids in a token becomes `_`. */
export function subjectOf(event: { type: string; action: string }): string {
  return `arcbox.events.v1.${token(event.type)}.${token(event.action)}`;
}

function token(text: string): string {
  return text.replace(/[^A-Za-z0-9_-]/g, '_') || '_';
}
