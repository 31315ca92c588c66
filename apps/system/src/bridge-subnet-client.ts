import { NetworkServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import type { Clients } from '@arcbox/rpc';

const patience = 1_000;

/** IPv4 subnet of the default network as CIDR; undefined when it has none or nobody can say. */
export async function findBridgeSubnet(clients: Clients): Promise<string | undefined> {
  try {
    const networks = await clients.of(NetworkServiceDefinition);
    const { ipam } = await networks.inspect({ id: 'bridge' }, { deadline: new Date(Date.now() + patience) });
    return ipam?.subnets.map(({ subnet }) => subnet).find((subnet) => subnet.includes('.'));
  } catch {
    return undefined;
  }
}
