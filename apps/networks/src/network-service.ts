import type { NetworkServiceImplementation } from '@arcbox/proto/arcbox/v1/api';
import type { CallContext } from '@arcbox/rpc';
import { createNetwork } from './create-network.ts';
import { filterNetworks } from './filters.ts';
import { findNetwork, isReady } from './find-network.ts';
import type { Ground } from './ground.ts';
import { removeNetwork } from './remove-network.ts';
import { readNetworkRequest, showNetwork, summariseNetwork } from './wire.ts';

/** arcbox.v1.NetworkService */
export function networkService(ground: Ground): NetworkServiceImplementation<CallContext> {
  const { records } = ground;
  return {
    async create(request, { signal, keyed }) {
      return await createNetwork(ground, readNetworkRequest(request), signal, keyed?.keep);
    },
    async remove({ id }, { signal }) {
      await removeNetwork(ground, id, signal);
      return {};
    },
    async list({ filters }) {
      const isUsed = ({ id }: { id: string }): boolean => records.members(id).length > 0;
      const networks = filterNetworks(records.networks.all().filter(isReady), filters, isUsed);
      return { networks: networks.map(summariseNetwork) };
    },
    async inspect({ id }) {
      const network = findNetwork(records, id);
      return showNetwork(network, records.members(network.id));
    },
  };
}
