import { BlockList, isIP } from 'node:net';
import type { Targets } from '../target/targets.ts';
import type { Plan } from './plan.ts';
import { isSameNetwork } from './same-network.ts';

type Wanted = Pick<Plan, 'networks' | 'containers'>;

/** A network of a plan that cannot have its subnet, for another one here has it. */
export interface Overlap {
  readonly network: string;
  /** In words. */
  readonly why: string;
  /** Containers that have addresses of their own there; without any, the network may have another subnet. */
  readonly settled: readonly string[];
}

/** Which networks of this engine that stay are in the way of which of a plan. What else the host has is seen when they are made. */
export async function findOverlaps({ networks }: Targets, draft: Wanted, signal: AbortSignal): Promise<Overlap[]> {
  const present = await networks.all(signal);
  const names = new Set(draft.networks.map(({ order }) => order.name));
  const staying = present.filter(({ order }) => !names.has(order.name));
  return draft.networks.flatMap(({ order }) => {
    if (present.some((one) => one.order.name === order.name && isSameNetwork(one.order, order))) return [];
    const met = order.subnets.flatMap(({ subnet }) =>
      staying.flatMap((one) => one.order.subnets.filter((other) => overlap(subnet, other.subnet)).map((other) => `${subnet} overlaps ${other.subnet} of network ${one.order.name}, which is here`)),
    );
    return met.length === 0 ? [] : [{ network: order.name, why: met.join(', '), settled: settledOn(draft, order.name) }];
  });
}

/** Names of containers that have addresses of their own on a network. */
export function settledOn({ containers }: Pick<Plan, 'containers'>, network: string): string[] {
  const isSettled = (one: Plan['containers'][number]): boolean =>
    one.order.network.attachments.some((attachment) => attachment.network === network && (attachment.ipv4 !== '' || attachment.ipv6 !== ''));
  return containers.filter(isSettled).map(({ name }) => name);
}

/** For people who plan. */
export const tellOverlap = ({ network, why, settled }: Overlap): string =>
  settled.length === 0
    ? `network ${network}: ${why}: it gets another subnet`
    : `network ${network}: ${why}, and containers have addresses there: ${settled.join(', ')}; it cannot be made until the other is removed`;

/** Of two blocks that overlap one begins in the other. */
const overlap = (one: string, other: string): boolean => beginsIn(one, other) || beginsIn(other, one);

function beginsIn(inner: string, outer: string): boolean {
  const [[address = ''], [block = '', prefix = '']] = [inner.split('/'), outer.split('/')];
  const [family, familyOfBlock] = [isIP(address), isIP(block)];
  // What is none, the networks worker refuses.
  if (family === 0 || family !== familyOfBlock || Number(prefix) > (family === 4 ? 32 : 128) || !/^\d+$/.test(prefix)) return false;
  const list = new BlockList();
  list.addSubnet(block, Number(prefix), family === 4 ? 'ipv4' : 'ipv6');
  return list.check(address, family === 4 ? 'ipv4' : 'ipv6');
}
