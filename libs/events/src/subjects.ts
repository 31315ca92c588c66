/** The JetStream stream that holds every event. */
export const eventStream = 'ARCBOX_EVENTS';

const prefix = 'arcbox.events.v1';

/** What the stream captures. */
export const allEvents = `${prefix}.>`;

/** `arcbox.events.v1.<type>.<action>`; what NATS forbids in a token becomes `_`. */
export function subjectOf(event: { type: string; action: string }): string {
  return `${prefix}.${token(event.type)}.${token(event.action)}`;
}

/**
 * The narrowest single pattern that covers events of some types and actions, all
 * of them where none are named; undefined when it would be everything. It may
 * cover more than was asked for: before nats-server 2.10 a consumer has one pattern.
 */
export function subjectsOf({ types, actions }: { types?: readonly string[]; actions?: readonly string[] }): string | undefined {
  const [type, action] = [onlyToken(types), onlyToken(actions)];
  if (type === undefined && action === undefined) return undefined;
  return `${prefix}.${type ?? '*'}.${action ?? '*'}`;
}

function onlyToken(names: readonly string[] | undefined): string | undefined {
  const tokens = new Set(names?.map(token));
  return tokens.size === 1 ? [...tokens][0] : undefined;
}

function token(text: string): string {
  return text.replace(/[^A-Za-z0-9_-]/g, '_') || '_';
}
