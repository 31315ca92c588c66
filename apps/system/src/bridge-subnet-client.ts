import { isKind } from '@arcbox/errors';
import { NetworkServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { type Clients, fromRpcError } from '@arcbox/rpc';

const patience = 1_000;

/** IPv4 subnet of the default network as CIDR; undefined when it has none. UNAVAILABLE or DEADLINE_EXCEEDED when nobody says. */
export async function findBridgeSubnet(clients: Clients): Promise<string | undefined> {
  try {
    const networks = await clients.of(NetworkServiceDefinition);
    const { ipam } = await networks.inspect({ id: 'bridge' }, { deadline: new Date(Date.now() + patience) });
    return ipam?.subnets.map(({ subnet }) => subnet).find((subnet) => subnet.includes('.'));
  } catch (error) {
    const ours = fromRpcError(error);
    // Who has not answered has not said that there is none.
    if (isKind(ours, 'unavailable', 'deadline-exceeded')) throw ours;
    return undefined;
  }
}
