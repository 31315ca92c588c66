import { existsSync, writeFileSync } from 'node:fs';
import { overlaps, parseCidr } from './cidr.ts';
import type { Network } from './network.ts';
import type { Route } from './routes.ts';

/**
 * Lets the host reach these networks where a bridge of another engine has the same
 * addresses and nobody is on it: its routes, which are down, are no longer taken.
 * When somebody is on it again, they are.
 */
export function passOverIdle(networks: readonly Network[], routes: readonly Route[]): void {
  const blocks = networks.flatMap(({ subnets }) => subnets.flatMap(({ subnet }) => parseCidr(subnet) ?? []));
  const idle = routes.filter(({ isIdle, destination }) => isIdle && blocks.some((block) => overlaps(block, destination)));
  for (const { device } of idle) {
    for (const family of ['ipv4', 'ipv6']) {
      const setting = `/proc/sys/net/${family}/conf/${device}/ignore_routes_with_linkdown`;
      if (existsSync(setting)) writeFileSync(setting, '1');
    }
  }
}
