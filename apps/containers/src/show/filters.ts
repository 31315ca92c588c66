import { invalidArgument } from '@arcbox/errors';
import type { Container } from '../record/container.ts';
import type { State } from '../record/status.ts';
import { healthOf } from '../health/healths.ts';
import { matchesText } from './name-pattern.ts';
import { attachmentsOf } from '../options/networking.ts';
import { isSameNetwork } from '../options/same-network.ts';
import { formatNetworkMode } from '../change/network-mode.ts';

/** Filter values by key. */
export type Filters = ReadonlyMap<string, readonly string[]>;

/** What filters need to know beyond the container. */
export interface FilterScope {
  /** When the containers were created that `before` and `since` name. */
  readonly created: ReadonlyMap<string, string>;
  /** What `ancestor` names -> ids of this image and of those that are made from it. */
  readonly families: ReadonlyMap<string, ReadonlySet<string>>;
}

type Test = (container: Container, value: string, scope: FilterScope) => boolean;

const states: readonly State[] = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'];

const tests: { readonly [key: string]: Test } = {
  id: ({ id }, value) => matchesText(id, value),
  name: ({ name }, value) => matchesText(name, value) || matchesText(`/${name}`, value),
  label: ({ config }, value) => hasLabel(config.labels, value),
  status: ({ status }, value) => status.state === value,
  ancestor: ({ config }, value, { families }) => config.image.reference === value || families.get(value)?.has(config.image.id) === true,
  network: (container, value) => isOnNetwork(container, value),
  volume: ({ config }, value) => config.mounts.some(({ volume, source, target }) => [volume ?? source, target].includes(value)),
  exited: ({ status }, value) => status.exits > 0 && status.state === 'exited' && status.exitCode === Number(value),
  before: ({ config }, value, { created }) => config.created < (created.get(value) ?? ''),
  since: ({ config }, value, { created }) => config.created > (created.get(value) ?? ''),
  publish: (container, value) => portsOf(container).some(({ hostPort, protocol }) => inRange(hostPort, protocol, value)),
  expose: ({ config }, value) => config.exposed.some((port) => matchesExposed(port, value)) ||
    config.ports.some(({ containerPort, protocol }) => inRange(containerPort, protocol, value)),
  health: (container, value) => healthOf(container) === value,
  // Nothing here is a task of a cluster.
  'is-task': (_, value) => /^(0|false)$/i.test(value),
};

/** `{"status":["running"]}` or `{"status":{"running":true}}`; empty is none. INVALID_ARGUMENT names what is wrong. */
export function parseFilters(text: string): Filters {
  if (text === '') return new Map();
  const parsed = parseJson(text);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw invalidArgument('filters must be a JSON object');
  return new Map(Object.entries(parsed).map(([key, value]) => [key, checkValues(key, valuesOf(key, value))]));
}

/** Different keys all have to match; of one key one value does, except that every label has to. */
export function matchesFilters(container: Container, filters: Filters, scope: FilterScope): boolean {
  return [...filters].every(([key, values]) => {
    const test = tests[key];
    if (!test || values.length === 0) return true;
    const check = (value: string): boolean => test(container, value, scope);
    return key === 'label' ? values.every(check) : values.some(check);
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalidArgument('filters are not valid JSON', error);
  }
}

function valuesOf(key: string, value: unknown): string[] {
  if (!Object.hasOwn(tests, key)) throw invalidArgument(`unknown filter: ${key}`);
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  if (typeof value === 'object' && value !== null && Object.values(value).every((on) => typeof on === 'boolean')) {
    return Object.entries(value).flatMap(([item, on]) => (on === true ? [item] : []));
  }
  throw invalidArgument(`filter ${key} must be a list of texts or an object of booleans`);
}

function checkValues(key: string, values: string[]): string[] {
  for (const value of values) {
    const isValid =
      key === 'status' ? (states as readonly string[]).includes(value)
      : key === 'exited' ? /^\d{1,3}$/.test(value)
      : key === 'is-task' ? /^(0|1|true|false)$/i.test(value)
      : key === 'health' ? ['starting', 'healthy', 'unhealthy', 'none'].includes(value)
      : key === 'publish' || key === 'expose' ? portPattern.test(value)
      : true;
    if (!isValid) throw invalidArgument(`invalid value for filter ${key}: ${value}`);
  }
  return values;
}

/** `name` or `name=value`. */
export function hasLabel(labels: { readonly [name: string]: string }, wanted: string): boolean {
  const at = wanted.indexOf('=');
  if (at < 0) return Object.hasOwn(labels, wanted);
  const name = wanted.slice(0, at);
  return Object.hasOwn(labels, name) && labels[name] === wanted.slice(at + 1);
}

/** By name, id or beginning of an id. */
function isOnNetwork({ config, status }: Container, wanted: string): boolean {
  if (formatNetworkMode(config.network) === wanted) return true;
  const joined = status.network?.endpoints ?? [];
  return (
    attachmentsOf(config).some(({ network }) => network === wanted) ||
    joined.some(({ networkId, networkName }) => isSameNetwork(wanted, { id: networkId, name: networkName }))
  );
}

/** Ports with their real host ports where it runs. */
export function portsOf({ config, status }: Container): readonly Container['config']['ports'][number][] {
  return status.network?.ports ?? config.ports;
}

/** `80`, `80/tcp`, `8000-8080/udp` */
const portPattern = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/;

function inRange(port: number, protocol: string, wanted: string): boolean {
  const [, from, to = from, wantedProtocol = 'tcp'] = portPattern.exec(wanted) ?? [];
  return protocol === wantedProtocol && port >= Number(from) && port <= Number(to);
}

function matchesExposed(exposed: string, wanted: string): boolean {
  const [port = '', protocol = 'tcp'] = exposed.split('/');
  return inRange(Number(port), protocol, wanted);
}
