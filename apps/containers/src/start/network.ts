import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { failedPrecondition } from '@arcbox/errors';
import { isAlive } from '@arcbox/store';
import type { Container } from '../record/container.ts';
import type { Network } from '../record/status.ts';
import type { Containers } from '../record/containers.ts';
import { hasSandbox, splitHost } from '../options/networking.ts';
import type { Places } from '../record/places.ts';
import { readInRoot } from '../spec/in-root.ts';
import { type IdMaps, rootOf } from '../userns/id-maps.ts';
import { engineFiles } from '../spec/mounts.ts';
import type { NetworkNamespace } from '../spec/namespaces.ts';
import { hostsFile, moveHosts, ownHosts, parseResolv, readHostFile, type Resolv, resolvFile, withHosts, withoutLoopback } from '../spec/network-files.ts';

export interface NetworkDeps {
  readonly containers: Containers;
  readonly sandboxes: { open(container: Container, userNamespace?: string): Promise<Network>; hostGateways(): Promise<string[]> };
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

/** Gives a container that starts its place on the network, by its mode. Its user namespace, if it has one, is to own that. */
export async function connect(deps: NetworkDeps, container: Container, userNamespace?: string): Promise<Connection> {
  const { network: mode, networking } = container.config;
  if (mode.kind === 'container') return joinContainer(deps, mode.id);
  const extra = await extraHosts(deps, container);
  switch (mode.kind) {
    case 'network':
    case 'none': {
      await waitForPorts(deps.containers, container);
      const network = await deps.sandboxes.open(container, userNamespace);
      const namespace = { path: network.netns, own: true };
      const resolv = resolvOf(container, serversOf(network));
      return { namespace, network, hosts: hostsFile(container, network, extra), resolv };
    }
    case 'host': {
      const hosts = withHosts(readHostFile('/etc/hosts'), extra);
      return { namespace: 'host', hosts, resolv: networking ? resolvOf(container, hostResolv()) : readHostFile('/etc/resolv.conf') };
    }
  }
}

/** Milliseconds. */
const givingBack = 5_000;

/** The ports of a container that has just died are on their way back: whoever replaces it waits for them. */
async function waitForPorts(containers: Containers, { id, config }: Container): Promise<void> {
  const isWanted = (port: number): boolean => config.ports.some(({ hostPort, lastHostPort = hostPort }) => port >= hostPort && port <= lastHostPort);
  const isHeld = ({ status }: Container): boolean =>
    status.held === true && status.process === undefined && (status.network?.ports ?? []).some(({ hostPort }) => isWanted(hostPort));
  const mustWait = (): boolean => config.ports.length > 0 && containers.unsettled().some((other) => other.id !== id && isHeld(other));
  if (!mustWait()) return;
  const patience = AbortSignal.timeout(givingBack);
  await containers.changes.untilAny(() => (mustWait() ? undefined : true), patience).catch((error: unknown) => {
    if (!patience.aborted) throw error;
  });
}

/** Lines of /etc/hosts for the hosts that somebody has named. */
async function extraHosts({ sandboxes }: NetworkDeps, { config }: Container): Promise<string[]> {
  const further = (config.networking?.extraHosts ?? []).map(splitHost);
  const gateways = further.some(({ address }) => address === 'host-gateway') ? await sandboxes.hostGateways() : [];
  return further.flatMap(({ name, address }) =>
    (address === 'host-gateway' ? gateways : [address]).map((each) => `${each}\t${name}`),
  );
}

/** Where the networks worker has given no servers, the container's own or the host's do. */
function resolvOf({ config }: Container, given: Resolv): string {
  const own = config.networking?.dns ?? [];
  const isOfNetwork = hasSandbox(config) && given.nameservers.length > 0;
  return resolvFile(own.length > 0 && !isOfNetwork ? { ...given, nameservers: own } : given, config.networking);
}

/** On no network, the host's servers are as good as any. */
function serversOf(network: Network | undefined): Resolv {
  return network && network.nameservers.length > 0 ? network : withoutLoopback(hostResolv());
}

function hostResolv(): Resolv {
  return parseResolv(readHostFile('/etc/resolv.conf'));
}

/**
 * Tells a running container of its present networks. What it has written into
 * its files itself stays: resolv.conf as a whole, of hosts the lines that are not ours.
 */
export function updateNetworkFiles(home: string, container: Container, present: Network): void {
  const read = (name: string): string => readInRoot(home, name) ?? '';
  // In place: the container has the file itself, not its name.
  const write = (name: string, text: string): void => writeFileSync(join(home, name), text);
  write('hosts', moveHosts(read('hosts'), ownHosts(container, container.status.network), ownHosts(container, present)));
  const resolvAt = (network: Network | undefined): string => resolvOf(container, serversOf(network));
  if (read('resolv.conf') === resolvAt(container.status.network)) write('resolv.conf', resolvAt(present));
}

function joinContainer({ containers, places }: NetworkDeps, id: string): Connection {
  const other = containers.find(id);
  const { pid, identity } = other.status.process ?? {};
  // Its pid may be anybody's once it has ended, whether or not that is written down.
  if (identity === undefined || !isAlive(identity)) {
    throw failedPrecondition(`cannot join the network of container ${other.name}: it is not running`);
  }
  // The other container may have written anything of any size there.
  const read = (name: string): string => readInRoot(places.home(id), name) ?? '';
  return { namespace: { path: `/proc/${pid}/ns/net`, own: false }, hosts: read('hosts'), resolv: read('resolv.conf') };
}

/** Writes the files of the engine that a container sees in its /etc. They are its root's. */
export function writeEngineFiles(home: string, hostname: string, { hosts, resolv }: Connection, ids?: IdMaps): void {
  const contents = { hostname: `${hostname}\n`, hosts, 'resolv.conf': resolv };
  const { uid, gid } = rootOf(ids);
  for (const name of engineFiles) {
    writeFileSync(join(home, name), contents[name], { mode: 0o644 });
    if (ids) chownSync(join(home, name), uid, gid);
  }
}
