import { removedBy } from './asker.ts';
import type { Fact, Line, Story, Tale } from './fact.ts';
import { ago } from './moment.ts';

/** Tells what has happened to an image, and to the containers that were made from it. */
export function tellImage({ name, facts }: Story, now: number): Tale {
  const lines = facts.map((fact): Line => ({ fact, what: wordsOf(fact, name), why: removedBy(fact.cause) }));
  const own = lines.filter(({ fact }) => fact.type === 'image');
  // What became of its other names is another matter.
  const last = own.findLast(({ fact }) => fact.action === 'delete' || fact.attributes['name'] === name) ?? own.at(-1);
  if (!last) return { summary: `${name} was not changed since the log begins${users(facts)}`, lines };
  const when = ago(last.fact.timeNano, now);
  const why = last.why && ` ${last.why}`;
  return { summary: `${name} was ${last.what} ${when}${why}${users(facts)}`, lines };
}

const words: Readonly<Record<string, string>> = {
  build: 'built',
  commit: 'made of a container',
  import: 'imported',
  load: 'loaded from an archive',
  pull: 'pulled',
  push: 'pushed',
  save: 'saved into an archive',
  tag: 'tagged',
  untag: 'untagged',
};

function wordsOf({ type, action, attributes: of }: Fact, known: string): string {
  if (type === 'container') return `container ${of['name']} ${action === 'create' ? 'made from it' : 'removed'}`;
  if (action === 'delete') return 'deleted';
  return `${words[action] ?? action}${of['name'] === known ? '' : ` as ${of['name']}`}`;
}

/** How many containers were made from it, and how many of those are still there. */
function users(facts: readonly Fact[]): string {
  const made = new Set(facts.filter(({ type, action }) => type === 'container' && action === 'create').map(({ id }) => id));
  const gone = facts.filter(({ type, action, id }) => type === 'container' && action === 'destroy' && made.has(id)).length;
  if (made.size === 0) return '';
  return `; ${made.size} ${made.size === 1 ? 'container was' : 'containers were'} made from it, of which ${made.size - gone || 'none'} ${made.size - gone === 1 ? 'is' : 'are'} there`;
}
