import type { Clients } from '@arcbox/rpc';
import type { Sweeps, SweepScope, Verdict } from './prune.ts';
import { unusedContainers } from './unused-containers-client.ts';
import { unusedImages } from './unused-images-client.ts';
import { unusedNetworks } from './unused-networks-client.ts';
import { unusedVolumes } from './unused-volumes-client.ts';

export function pruneSweeps(clients: Clients): Sweeps {
  return {
    containers: async (order, scope, signal) => take(scope, await unusedContainers(clients, order, signal)),
    // A container that does not run is connected to nothing.
    networks: (order, { verdicts }, signal) => unusedNetworks(clients, order, verdicts, signal),
    volumes: async (order, scope, signal) => take(scope, await unusedVolumes(clients, order, scope.goneContainers, signal)),
    images: async (order, scope, signal) => take(scope, await unusedImages(clients, order, scope.goneContainers, signal)),
  };
}

function take({ verdicts }: SweepScope, all: readonly Verdict[]): void {
  for (const verdict of all) verdicts.push(verdict);
}
