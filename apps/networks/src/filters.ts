import { invalidArgument } from '@arcbox/errors';
import { hasLabels } from '@arcbox/filters';
import type { Network } from './network.ts';

/** Whether a network matches one value of a filter. */
type Matcher = (network: Network, value: string, isUsed: (network: Network) => boolean) => boolean;

const matchers: { readonly [key: string]: Matcher } = {
  driver: (network, value) => network.driver === value,
  id: (network, value) => network.id.startsWith(value),
  name: (network, value) => network.name.includes(value),
  scope: (_, value) => value === 'local',
  type: (network, value) => network.predefined === (value === 'builtin'),
  dangling: (network, value, isUsed) => (!network.predefined && !isUsed(network)) === isTrue(value),
};

const allowed: { readonly [key: string]: readonly string[] } = {
  type: ['builtin', 'custom'],
  dangling: ['true', 'false', '1', '0'],
};

/**
 * The networks that match: different keys must all match, of the values of a
 * key one must, of `label` all. A value is a comma list. `isUsed` says whether
 * anybody is connected.
 */
export function filterNetworks(
  networks: readonly Network[],
  filters: { readonly [key: string]: string },
  isUsed: (network: Network) => boolean,
): Network[] {
  const conditions = Object.entries(filters).map(([key, list]) => (key === 'label' ? ofLabels(list) : condition(key, list.split(','))));
  return networks.filter((network) => conditions.every((matches) => matches(network, isUsed)));
}

function condition(key: string, values: string[]): (network: Network, isUsed: (network: Network) => boolean) => boolean {
  const matcher = Object.hasOwn(matchers, key) ? matchers[key] : undefined;
  if (!matcher) throw invalidArgument(`unknown filter: ${key}`);
  const wrong = values.find((value) => allowed[key] && !allowed[key].includes(value));
  if (wrong !== undefined) throw invalidArgument(`invalid value of filter ${key}: ${wrong}`);
  return (network, isUsed) => values.some((value) => matcher(network, value, isUsed));
}

function ofLabels(list: string): (network: Network) => boolean {
  return ({ labels }) => hasLabels(labels, list);
}

function isTrue(value: string): boolean {
  return value === 'true' || value === '1';
}
