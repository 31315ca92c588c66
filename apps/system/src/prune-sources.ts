import type { Clients } from '@arcbox/rpc';
import type { PruneSources } from './prune.ts';
import { stoppedContainers } from './stopped-containers-client.ts';
import { unusedImages } from './unused-images-client.ts';
import { unusedNetworks } from './unused-networks-client.ts';
import { unusedVolumes } from './unused-volumes-client.ts';

export function pruneSources(clients: Clients): PruneSources {
  return {
    containers: (_order, signal) => stoppedContainers(clients, signal),
    networks: (_order, signal) => unusedNetworks(clients, signal),
    volumes: (order, signal) => unusedVolumes(clients, order, signal),
    images: (order, signal) => unusedImages(clients, order, signal),
  };
}
