import { invalidArgument } from '@arcbox/errors';
import { subjectsOf } from '@arcbox/events';
import { actionWithDetail, hasLabels } from '@arcbox/filters';

/** A fact of the log, as far as filters look at it. */
export interface EngineEvent {
  readonly type: string;
  readonly action: string;
  readonly actor?: { readonly id: string; readonly attributes: { readonly [name: string]: string } } | undefined;
  /** Unix nanoseconds. */
  readonly timeNano: bigint;
}

export interface EventFilter {
  /** Nothing was asked for: every event matches. */
  readonly isAll: boolean;
  readonly matches: (event: EngineEvent) => boolean;
  /** Subjects of the bus that every event which matches has; undefined for all. */
  readonly subjects: string | undefined;
  /** Every event that matches has one of them in it; undefined when that cannot be said. */
  readonly texts: readonly string[] | undefined;
}

/** What one key of a filter asks for. */
interface Condition {
  readonly matches: (event: EngineEvent) => boolean;
  /** No others match. */
  readonly types?: readonly string[];
  readonly actions?: readonly string[];
  /** No event matches that has none of them in an id, a name or another attribute. */
  readonly texts?: readonly string[];
}

const types = ['container', 'image', 'network', 'volume', 'daemon'];

/** Whether an event has one of the values of this key; labels: all of them. */
const conditions: { readonly [key: string]: (values: readonly string[], list: string) => Condition } = {
  type: ofTypes,
  action: ofActions,
  event: ofActions,
  label: ofLabels,
  scope: (values) => ({ matches: () => values.includes('local') }),
  image: (values) => ({ types: ['image', 'container'], texts: values, matches: (event) => isOfImage(event, values) }),
  container: ofObject('container'),
  network: ofObject('network'),
  volume: ofObject('volume'),
  daemon: ofObject('daemon'),
};

/**
 * The filter that a request asks for, with the keys and the meaning of `docker
 * events`: different keys all have to match, of the values of one key (comma
 * separated) one, except that all labels have to. INVALID_ARGUMENT on unknown keys and types.
 */
export function parseEventFilter(filters: { readonly [key: string]: string }): EventFilter {
  const all = Object.entries(filters).map(([key, list]): Condition => {
    const condition = Object.hasOwn(conditions, key) ? conditions[key] : undefined;
    if (!condition) throw invalidArgument(`unknown events filter: ${key}`);
    const values = splitValues(list);
    if (values.length === 0) throw invalidArgument(`events filter ${key} has no value`);
    return condition(values, list);
  });
  const [first, ...others] = all.map(({ matches }) => matches);
  return {
    isAll: all.length === 0,
    // Asked for each event and follower: most filters have one key.
    matches: first && others.length === 0 ? first : (event) => all.every(({ matches }) => matches(event)),
    subjects: worthwhile(inAll(all.map((one) => one.types)), inAll(all.map((one) => one.actions))),
    texts: all.find(({ texts }) => texts)?.texts,
  };
}

/** Most events are of containers: to single those out costs the bus more time than it saves. */
function worthwhile(types: readonly string[] | undefined, actions: readonly string[] | undefined): string | undefined {
  const isMost = actions === undefined && types?.length === 1 && types[0] === 'container';
  return isMost ? undefined : subjectsOf({ types, actions });
}

function splitValues(list: string): string[] {
  return list.split(',').map((value) => value.trim()).filter(Boolean);
}

/** What all of the lists have; undefined when there is no list. */
function inAll(lists: readonly (readonly string[] | undefined)[]): readonly string[] | undefined {
  const given = lists.filter((list) => list !== undefined);
  return given.length === 0 ? undefined : given.reduce((kept, list) => kept.filter((value) => list.includes(value)));
}

function ofTypes(values: readonly string[]): Condition {
  const stranger = values.find((value) => !types.includes(value));
  if (stranger !== undefined) throw invalidArgument(`events filter type: no such type: ${stranger}`);
  return { types: values, matches: ({ type }) => values.includes(type) };
}

/** `health_status` also means `health_status: healthy`. */
function ofActions(values: readonly string[]): Condition {
  return {
    actions: values.map((value) => value.split(':', 1).join()),
    matches: ({ action, actor }) => values.includes(action) || values.includes(actionWithDetail(action, actor?.attributes)),
  };
}

function ofLabels([first = '']: readonly string[], list: string): Condition {
  return { texts: first.split('=', 1), matches: ({ actor }) => actor !== undefined && hasLabels(actor.attributes, list) };
}

/** By the beginning of id or name, as docker has it; a slash before the name is no part of it. */
function ofObject(type: string): (values: readonly string[]) => Condition {
  return (values) => {
    const names = values.map((value) => value.replace(/^\//, ''));
    return {
      types: [type],
      texts: names,
      matches: (event) => {
        if (event.type !== type || !event.actor) return false;
        const { id, attributes } = event.actor;
        const name = attributes['name'] ?? '';
        return values.some((value) => id.startsWith(value)) || names.some((value) => name.startsWith(value));
      },
    };
  };
}

/** An image's own events, and those of containers made from it. */
function isOfImage({ type, actor }: EngineEvent, values: readonly string[]): boolean {
  if (!actor || (type !== 'image' && type !== 'container')) return false;
  const names = type === 'image' ? [actor.id, actor.attributes['name']] : [actor.attributes['image']];
  const known = names.filter((name) => name !== undefined);
  return values.some((value) => known.some((name) => name === value || withoutTag(name) === value || isIdPrefix(value, name)));
}

/** `localhost:5000/app:1` is `localhost:5000/app`. */
const withoutTag = (name: string): string => name.replace(/(?:@[^/]*|:[^/]*)$/, '');

const isIdPrefix = (value: string, id: string): boolean =>
  id.startsWith('sha256:') && (id.startsWith(value) || id.startsWith(`sha256:${value}`));
