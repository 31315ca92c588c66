import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import type { Clients } from '@arcbox/rpc';
import type { Unused } from './prune.ts';
import { asOurs, within } from './remote-call.ts';

const filters = JSON.stringify({ status: ['created', 'exited', 'dead'] });

/** Containers that do not run, with what they have written. */
export async function stoppedContainers(clients: Clients, signal: AbortSignal): Promise<Unused[]> {
  const stub = await clients.of(ContainerServiceDefinition);
  const { containers } = await stub.list({ all: true, size: true, filters }, within(signal));
  return containers.map(({ id, created, labels, sizeRw }) => ({
    created: Number(created) * 1000,
    labels,
    async remove() {
      await asOurs(stub.remove({ id }, within(signal)));
      return { names: [id], bytes: sizeRw };
    },
  }));
}
