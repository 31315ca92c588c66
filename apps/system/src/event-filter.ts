import { invalidArgument } from '@arcbox/errors';

/** A fact of the log, as far as filters look at it. */
export interface EngineEvent {
  readonly type: string;
  readonly action: string;
  readonly actor?: { readonly id: string; readonly attributes: { readonly [name: string]: string } } | undefined;
  /** Unix nanoseconds. */
  readonly timeNano: bigint;
}

export type EventFilter = (event: EngineEvent) => boolean;

const types = ['container', 'image', 'network', 'volume', 'daemon'];

/** Whether `event` has one of the values of this key; labels: all of them. */
const matchers: { readonly [key: string]: (event: EngineEvent, values: readonly string[]) => boolean } = {
  type: ({ type }, values) => values.includes(type),
  action: matchAction,
  event: matchAction,
  label: (event, values) => values.every((label) => hasLabel(event, label)),
  image: matchImage,
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
  const conditions = Object.entries(filters).map(([key, list]) => {
    const matches = Object.hasOwn(matchers, key) ? matchers[key] : undefined;
    if (!matches) throw invalidArgument(`unknown events filter: ${key}`);
    const values = splitValues(list);
    if (values.length === 0) throw invalidArgument(`events filter ${key} has no value`);
    const stranger = key === 'type' ? values.find((value) => !types.includes(value)) : undefined;
    if (stranger !== undefined) throw invalidArgument(`events filter type: no such type: ${stranger}`);
    return (event: EngineEvent) => matches(event, values);
  });
  return (event) => conditions.every((holds) => holds(event));
}

function splitValues(list: string): string[] {
  return list.split(',').map((value) => value.trim()).filter(Boolean);
}

/** `health_status` also means `health_status: healthy`. */
function matchAction({ action }: EngineEvent, values: readonly string[]): boolean {
  return values.some((value) => value === action || action.startsWith(`${value}:`));
}

function hasLabel({ actor }: EngineEvent, label: string): boolean {
  const [key, ...rest] = label.split('=');
  const value = actor?.attributes[key ?? ''];
  return rest.length === 0 ? value !== undefined : value === rest.join('=');
}

/** Matches by full id, beginning of the id, or name, with or without slash. */
function ofObject(type: string): (event: EngineEvent, values: readonly string[]) => boolean {
  return (event, values) => {
    const id = event.actor?.id ?? '';
    const name = event.actor?.attributes['name'];
    return event.type === type && values.some((value) => id.startsWith(value) || name === value.replace(/^\//, ''));
  };
}

/** An image's own events, and those of containers made from it. */
function matchImage({ type, actor }: EngineEvent, values: readonly string[]): boolean {
  if (!actor || (type !== 'image' && type !== 'container')) return false;
  const names = type === 'image' ? [actor.id, actor.attributes['name']] : [actor.attributes['image']];
  const known = names.filter((name) => name !== undefined);
  return values.some((value) => known.some((name) => name === value || withoutTag(name) === value || isIdPrefix(value, name)));
}

/** `localhost:5000/app:1` is `localhost:5000/app`. */
const withoutTag = (name: string): string => name.replace(/(?:@[^/]*|:[^/]*)$/, '');

const isIdPrefix = (value: string, id: string): boolean =>
  id.startsWith('sha256:') && (id.startsWith(value) || id.startsWith(`sha256:${value}`));
