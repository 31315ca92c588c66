import { invalidArgument, notFound } from '@arcbox/errors';
import { shortId } from '../table.ts';
import { type Fact, type Kind, kinds, type Story } from './fact.ts';

/** Reads what the log holds under some filters, the first of it first; only those that `isWanted`, which may be a few of very many. */
export type ReadFacts = (filters: Readonly<Record<string, string>>, isWanted?: (fact: Fact) => boolean) => Promise<readonly Fact[]>;

export interface Found {
  /** The one that something has last happened to comes last. */
  readonly stories: readonly Story[];
  /** What a container is called. */
  nameOf(container: string): string;
}

/** `web`, or `container/web` for one kind only. */
export function parseName(text: string, type: Kind | undefined): { name: string; types: readonly Kind[] } {
  const slash = text.indexOf('/');
  const prefix = kinds.find((kind) => kind === text.slice(0, Math.max(0, slash)));
  if (!prefix || type) return { name: text.replace(/^\//, ''), types: type ? [type] : kinds };
  return { name: text.slice(slash + 1), types: [prefix] };
}

/**
 * Everything of that name, id or beginning of an id, whether it is still there or not. NOT_FOUND when the log knows
 * nothing of it, INVALID_ARGUMENT when a beginning fits several ids.
 */
export async function findStories(read: ReadFacts, name: string, types: readonly Kind[]): Promise<Found> {
  if (name === '' || name.includes(',')) throw invalidArgument(`not a name: ${JSON.stringify(name)}`);
  const found = await Promise.all(types.map((type) => storiesOf(read, type, name)));
  const stories = found.flat().sort((a, b) => compare(lastOf(a), lastOf(b)));
  if (stories.length === 0) throw notFound(`no such ${types.join(', ')} in the event log: ${name}`);
  const users = new Set(stories.flatMap(({ facts }) => facts.flatMap(({ attributes }) => attributes['container'] ?? [])));
  const made = users.size === 0 ? [] : await read({ container: [...users].join(','), event: 'create,rename' });
  const names = new Map(made.map(({ id, attributes }) => [id, attributes['name'] ?? '']));
  return { stories, nameOf: (id) => names.get(id) || shortId(id) };
}

async function storiesOf(read: ReadFacts, type: Kind, name: string): Promise<Story[]> {
  const facts = await read({ [type]: name });
  const own = facts.filter((fact) => fact.type === type);
  const ids = chosen(own, name);
  if (ids.length === 0) return [];
  const further = await furtherFacts(read, type, ids);
  const all = inOrder([...facts, ...further]);
  return ids.map((id) => {
    const ofIt = all.filter((fact) => (fact.type === type ? fact.id === id : concerns(fact, { type, id, own })));
    return { type, id, name: nameOf(ofIt, { type, id }, name), facts: ofIt };
  });
}

/** Those that are called so; if there are none, the one whose id begins so. */
function chosen(own: readonly Fact[], name: string): string[] {
  const bare = name.replace(/^sha256:/, '');
  const idOf = (id: string): string => id.replace(/^sha256:/, '');
  const exact = own.filter(({ id, attributes }) => idOf(id) === bare || isCalled(attributes['name'] ?? '', name));
  const ids = [...new Set((exact.length > 0 ? exact : own).map(({ id }) => id))];
  if (exact.length > 0 || ids.length < 2) return ids;
  throw invalidArgument(`id prefix ${name} is ambiguous: ${ids.map(shortId).join(', ')}`);
}

/** An image is also called so without its tag. */
const isCalled = (known: string, name: string): boolean => known === name || known.replace(/(?:@[^/]*|:[^/]*)$/, '') === name;

/** What has happened to them under other names, and what is told of them by others. */
async function furtherFacts(read: ReadFacts, type: Kind, ids: readonly string[]): Promise<Fact[]> {
  const same = await read({ [type]: ids.join(','), type });
  if (type !== 'container') return [...same];
  const isTheirs = ({ attributes }: Fact): boolean => ids.includes(attributes['container'] ?? '');
  return [...same, ...(await read({ type: 'network', event: 'connect,disconnect' }, isTheirs))];
}

/** Whether what happened to something else belongs to the story of this. */
function concerns(fact: Fact, { type, id, own }: { type: Kind; id: string; own: readonly Fact[] }): boolean {
  if (type === 'container') return fact.attributes['container'] === id;
  if (type !== 'image' || fact.type !== 'container' || !['create', 'destroy'].includes(fact.action)) return false;
  // The last image that had this name when the container was made.
  const before = own.filter(({ timeNano }) => timeNano <= fact.timeNano);
  return (before.at(-1) ?? own[0])?.id === id;
}

/** What it was called last; an image, which has many names, what it is asked for by. */
function nameOf(facts: readonly Fact[], { type, id }: { type: Kind; id: string }, asked: string): string {
  const names = facts.flatMap((fact) => (fact.type === type ? (fact.attributes['name'] ?? []) : [])).filter((name) => name !== id);
  const meant = type === 'image' ? names.findLast((name) => isCalled(name, asked)) : undefined;
  return meant ?? names.at(-1) ?? shortId(id);
}

/** Each once, the first first. */
function inOrder(facts: readonly Fact[]): Fact[] {
  const each = new Map(facts.map((fact) => [`${fact.timeNano} ${fact.type} ${fact.action} ${fact.id}`, fact]));
  return [...each.values()].sort((a, b) => compare(a.timeNano, b.timeNano));
}

const lastOf = ({ facts }: Story): bigint => facts.at(-1)?.timeNano ?? 0n;

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
