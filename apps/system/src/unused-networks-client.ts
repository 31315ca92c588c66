import { NetworkServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import type { Clients } from '@arcbox/rpc';
import type { Unused } from './prune.ts';
import { asOurs, within } from './remote-call.ts';

const predefined = ['bridge', 'host', 'none'];

/** Networks of the user that no container is connected to. */
export async function unusedNetworks(clients: Clients, signal: AbortSignal): Promise<Unused[]> {
  const stub = await clients.of(NetworkServiceDefinition);
  const { networks } = await stub.list({ filters: { dangling: 'true' } }, within(signal));
  return networks
    .filter(({ name }) => !predefined.includes(name))
    .map(({ id, name, created, labels }) => ({
      created: Date.parse(created),
      labels,
      async remove() {
        await asOurs(stub.remove({ id }, within(signal)));
        return { names: [name], bytes: 0n };
      },
    }));
}
