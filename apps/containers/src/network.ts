import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { failedPrecondition } from '@arcbox/errors';
import type { Container, Network } from './container.ts';
import type { Containers } from './containers.ts';
import type { Places } from './places.ts';
import { engineFiles, type NetworkNamespace } from './spec/build.ts';
import { readInRoot } from './spec/in-root.ts';
import { hostResolvFile, hostsFile, readHostFile, resolvFile } from './spec/network-files.ts';

export interface NetworkDeps {
  readonly containers: Containers;
  readonly sandboxes: { open(container: Container, network: string): Promise<Network> };
  readonly places: Places;
}

export interface Connection {
  readonly namespace: NetworkNamespace;
  /** Undefined when the networks worker has no part in it. */
  readonly network?: Network;
  /** Contents of /etc/hosts and /etc/resolv.conf. */
  readonly hosts: string;
  readonly resolv: string;
}

/** Gives a container that starts its place on the network, by its mode. */
export async function connect(deps: NetworkDeps, container: Container): Promise<Connection> {
  const mode = container.config.network;
  switch (mode.kind) {
    case 'network': {
      const network = await deps.sandboxes.open(container, mode.name);
      const namespace = { path: network.netns, own: true };
      return { namespace, network, hosts: hostsFile(container, network), resolv: resolvFile(network) };
    }
    case 'container':
      return joinContainer(deps, mode.id);
    case 'host':
      return { namespace: 'host', hosts: readHostFile('/etc/hosts'), resolv: readHostFile('/etc/resolv.conf') };
    case 'none': {
      const resolv = hostResolvFile(readHostFile('/etc/resolv.conf'));
      return { namespace: 'new', hosts: hostsFile(container, undefined), resolv };
    }
  }
}

function joinContainer({ containers, places }: NetworkDeps, id: string): Connection {
  const other = containers.find(id);
  const pid = other.status.process?.pid;
  if (pid === undefined) {
    throw failedPrecondition(`cannot join the network of container ${other.name}: it is not running`);
  }
  // The other container may have written anything of any size there.
  const read = (name: string): string => readInRoot(places.home(id), name) ?? '';
  return { namespace: { path: `/proc/${pid}/ns/net`, own: false }, hosts: read('hosts'), resolv: read('resolv.conf') };
}

/** Writes the files of the engine that a container sees in its /etc. */
export function writeEngineFiles(home: string, hostname: string, { hosts, resolv }: Connection): void {
  const contents = { hostname: `${hostname}\n`, hosts, 'resolv.conf': resolv };
  for (const name of engineFiles) writeFileSync(join(home, name), contents[name], { mode: 0o644 });
}
