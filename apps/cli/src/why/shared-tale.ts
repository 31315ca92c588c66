import { removedBy } from './asker.ts';
import type { Fact, Line, Story, Tale } from './fact.ts';
import { ago } from './moment.ts';

/** Tells what has happened to a network or a volume. `nameOf` says what a container is called. */
export function tellShared({ type, name, facts }: Story, now: number, nameOf: (id: string) => string): Tale {
  const users = new Map<string, string>();
  const lines: Line[] = [];
  for (const fact of facts) {
    lines.push({ fact, what: wordsOf(fact, nameOf), why: removedBy(fact.cause) });
    const user = fact.attributes['container'] ?? '';
    if (fact.action === 'connect' || fact.action === 'mount') users.set(user, nameOf(user));
    else users.delete(user);
  }
  const last = lines.findLast(({ fact }) => fact.action === 'create' || fact.action === 'destroy');
  if (!last) return { summary: `${type} ${name} was there before the log begins${used(type, [...users.values()])}`, lines };
  const why = last.why && ` ${last.why}`;
  const left = last.fact.action === 'create' ? used(type, [...users.values()]) : '';
  return { summary: `${type} ${name} was ${last.what} ${ago(last.fact.timeNano, now)}${why}${left}`, lines };
}

function wordsOf({ action, attributes: of }: Fact, nameOf: (id: string) => string): string {
  const user = `container ${nameOf(of['container'] ?? '')}`;
  switch (action) {
    case 'create':
      return 'created';
    case 'destroy':
      return 'removed';
    case 'connect':
      return `${user} connected`;
    case 'disconnect':
      return `${user} disconnected`;
    case 'mount':
      return `mounted in ${user} at ${of['destination']}`;
    case 'unmount':
      return `unmounted from ${user}`;
    default:
      return action;
  }
}

function used(type: string, names: readonly string[]): string {
  const how = type === 'network' ? 'connected to it now' : 'it is mounted now in';
  if (names.length === 0) return '';
  return type === 'network' ? `; ${how}: ${names.join(', ')}` : `; ${how} ${names.join(', ')}`;
}
