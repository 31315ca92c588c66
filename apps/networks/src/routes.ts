import { readFileSync } from 'node:fs';
import { findProgram } from '@arcbox/diagnosis';
import { type Cidr, parseAddress, parseCidr, widthOf } from './cidr.ts';
import { run } from './command.ts';

/** A block of addresses that the host sends somewhere. */
export interface Route {
  readonly destination: Cidr;
  readonly device: string;
  /** The device itself is in that block: no gateway is between. */
  readonly onLink: boolean;
  /** The device is a bridge of docker or podman that nobody is on. */
  readonly isIdle: boolean;
}

/** What `ip -j route` prints, as far as it is used. */
interface ListedRoute {
  readonly dst: string;
  readonly dev?: string;
  readonly gateway?: string;
  readonly type?: string;
  readonly flags?: readonly string[];
}

/** Wider ones are default routes in disguise (0.0.0.0/1 and 128.0.0.0/1 of a VPN) and leave room for us. */
const widest = 7;

/** As docker and podman name their bridges. */
const bridgeOfOthers = /^(br-[0-9a-f]{12}|docker\d+|(cni-)?podman\d+)$/;

/** Routes of the host in every table, default routes left out. Empty where the host cannot be asked. */
export async function readRoutes(): Promise<Route[]> {
  if (!findProgram('ip')) return [];
  const lists = await Promise.all(
    ['-4', '-6'].map((family) => run('ip', ['-j', family, 'route', 'show', 'table', 'all'])),
  );
  return lists.flatMap((list) => parseRoutes(list));
}

export function parseRoutes(json: string): Route[] {
  const listed = JSON.parse(json || '[]') as ListedRoute[];
  // Of the addresses of such a bridge itself nothing is said to be down.
  const down = new Set(listed.filter(({ flags, dev }) => bridgeOfOthers.test(dev ?? '') && flags?.includes('linkdown')).map(({ dev }) => dev));
  return listed.flatMap(({ dst, dev, gateway, type }) => {
    if (type === 'multicast') return [];
    const address = parseAddress(dst);
    const destination = address ? parseCidr(`${dst}/${widthOf(address.family)}`) : parseCidr(dst);
    if (!destination || destination.prefix <= widest) return [];
    return [{ destination, device: dev ?? '', onLink: gateway === undefined, isIdle: down.has(dev) }];
  });
}

/** MTU of the device of the default route, in bytes; 1500 where there is none. */
export function readOuterMtu(): number {
  try {
    const lines = readFileSync('/proc/net/route', 'utf8').split('\n');
    const device = lines.map((line) => line.split('\t')).find((fields) => fields[1] === '00000000')?.[0];
    return device ? Number(readFileSync(`/sys/class/net/${device}/mtu`, 'utf8')) || 1500 : 1500;
  } catch {
    return 1500;
  }
}
