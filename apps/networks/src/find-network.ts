import { invalidArgument, notFound } from '@arcbox/errors';
import type { Network } from './network.ts';
import type { Records } from './records.ts';

/** The network that a client means: full id, name, `/name`, or unique prefix of an id, in this order. */
export function findNetwork(records: Records, reference: string): Network {
  const name = reference.replace(/^\//, '');
  if (name === '') throw invalidArgument('network id or name is empty');
  const exact = records.networks.get(name) ?? records.networks.findBy('name', name)[0];
  if (exact?.state === 'ready') return exact;
  const candidates = /^[0-9a-f]+$/.test(name) ? records.networks.findByPrefix(name).filter(isReady) : [];
  const [first, ...others] = candidates;
  if (!first) throw notFound(`no such network: ${name}`);
  if (others.length === 0) return first;
  const names = candidates.map((network) => `${network.id.slice(0, 12)} (${network.name})`).join(', ');
  throw invalidArgument(`network id prefix ${name} is ambiguous: ${names}`);
}

export function isReady(network: Network): boolean {
  return network.state === 'ready';
}
