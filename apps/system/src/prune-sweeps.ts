import type { Clients } from '@arcbox/rpc';
import { type Sweeps, sweep } from './prune.ts';
import { stoppedContainers } from './stopped-containers-client.ts';
import { unusedImages } from './unused-images-client.ts';
import { unusedNetworks } from './unused-networks-client.ts';
import { unusedVolumes } from './unused-volumes-client.ts';

export function pruneSweeps(clients: Clients): Sweeps {
  return {
    containers: (order, signal) => stoppedContainers(clients, order, signal),
    networks: sweep((_order, signal) => unusedNetworks(clients, signal)),
    volumes: sweep((order, signal) => unusedVolumes(clients, order, signal)),
    images: sweep((order, signal) => unusedImages(clients, order, signal)),
  };
}
