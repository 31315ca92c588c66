import { randomBytes } from 'node:crypto';
import { timestamp } from './create-network.ts';
import type { Ground } from './ground.ts';
import { bridgeName } from './links.ts';
import type { Driver, Network } from './network.ts';
import { planSubnets } from './plan-subnets.ts';
import { hostResolvers } from './resolvers.ts';
import { readOuterMtu, readRoutes } from './routes.ts';

const predefined: readonly { name: string; driver: Driver }[] = [
  { name: 'bridge', driver: 'bridge' },
  { name: 'host', driver: 'host' },
  { name: 'none', driver: 'null' },
];

/** Records the networks that always exist, once. The caller holds the host's lock, if it can. */
export async function recordPredefined({ store, records, node }: Ground): Promise<void> {
  if (predefined.every(({ name }) => records.networks.findBy('name', name).length > 0)) return;
  const routes = await readRoutes();
  const resolvers = hostResolvers([4, 6]).nameservers;
  store.transaction(() => {
    for (const { name, driver } of predefined) {
      const networks = records.networks.all();
      if (networks.some((network) => network.name === name)) continue;
      const id = randomBytes(32).toString('hex');
      const bridge = driver === 'bridge';
      const network: Network = {
        id,
        name,
        driver,
        state: 'ready',
        announced: false,
        createdAt: timestamp(),
        node,
        predefined: true,
        internal: false,
        labels: {},
        link: bridge ? bridgeName(id) : '',
        mtu: readOuterMtu(),
        subnets: bridge ? planSubnets([], [4], { node, networks, routes, resolvers }).subnets : [],
      };
      records.networks.put(network);
    }
  });
}
