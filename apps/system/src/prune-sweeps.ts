import type { Clients } from '@arcbox/rpc';
import type { Sweeps } from './prune.ts';
import { unusedContainers } from './unused-containers-client.ts';
import { unusedImages } from './unused-images-client.ts';
import { unusedNetworks } from './unused-networks-client.ts';
import { unusedVolumes } from './unused-volumes-client.ts';

export function pruneSweeps(clients: Clients): Sweeps {
  return {
    containers: (order, _gone, signal) => unusedContainers(clients, order, signal),
    // A container that does not run is connected to nothing.
    networks: (order, _gone, signal) => unusedNetworks(clients, order, signal),
    volumes: (order, gone, signal) => unusedVolumes(clients, order, gone, signal),
    images: (order, gone, signal) => unusedImages(clients, order, gone, signal),
  };
}
