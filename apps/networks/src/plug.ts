import { closeSync, openSync } from 'node:fs';
import { systemCall } from '@arcbox/linux';
import { addAddress, addPair, replaceDefaultRoute, setAlias, setHairpin, setUp, takeOffBridge } from './link-requests.ts';
import { aliasOf, linkExists } from './links.ts';
import { inside } from './namespace.ts';
import { Netlink, type Request } from './netlink.ts';
import type { Network } from './network.ts';
import { type Endpoint, outerAddress, outerEndpoint, type Sandbox } from './sandbox.ts';

const nameToIndex = systemCall('if_nametoindex', 'unsigned int if_nametoindex(const char *name)');

/** The kernel's number of an interface, in the network namespace of this thread. */
function indexOf(name: string): number {
  const index = nameToIndex(name);
  if (index === 0) throw new Error(`no such interface: ${name}`);
  return index;
}

/** An endpoint of a sandbox on a network of its own interfaces. */
export interface Plug {
  readonly endpoint: Endpoint;
  readonly network: Network;
}

/** Connects the namespace of a sandbox with bridges of the host. */
export async function plug(plugs: readonly Plug[], sandbox: Sandbox, tag: string): Promise<void> {
  const namespace = openSync(sandbox.netns, 'r');
  try {
    using netlink = new Netlink();
    await netlink.change(plugs.flatMap((each) => plugRequests(each, sandbox, namespace, tag)));
  } finally {
    closeSync(namespace);
  }
}

function plugRequests({ endpoint, network }: Plug, { name, ports }: Sandbox, namespace: number, tag: string): Request[] {
  const { link, device, mac } = endpoint;
  return [
    addPair({ name: link, bridge: indexOf(network.link), mtu: network.mtu, inside: { name: device, mac, namespace } }),
    setAlias(link, aliasOf(tag, 'container', name)),
    // What a container sends to its own published port comes back the way it went.
    ...(ports.length > 0 ? [setHairpin(link)] : []),
  ];
}

/** Makes changes in the namespace of a container; `make` is called there, where its interfaces have their index. */
async function configureInside(netns: string, make: (index: (device: string) => number) => readonly Request[]): Promise<void> {
  const { netlink, requests } = inside(netns, () => ({ requests: make(indexOf), netlink: new Netlink() }));
  using _netlink = netlink;
  await netlink.change(requests);
}

/** What stands in a container's namespace. */
export function configureSandbox({ netns, endpoints }: Sandbox): Promise<void> {
  return configureInside(netns, (index) => [
    setUp('lo'),
    ...endpoints.flatMap((endpoint) => endpointRequests(endpoint, index)),
    ...routeRequests([], endpoints, index),
  ]);
}

/** An interface in the container's namespace. */
export function configureEndpoint(netns: string, endpoint: Endpoint): Promise<void> {
  return configureInside(netns, (index) => endpointRequests(endpoint, index));
}

/** Default routes that change when the endpoints of a container do; one that loses its interface goes with that. */
export function configureRoutes(netns: string, before: readonly Endpoint[], after: readonly Endpoint[]): Promise<void> {
  return configureInside(netns, (index) => routeRequests(before, after, index));
}

function endpointRequests({ device, addresses }: Endpoint, index: (device: string) => number): Request[] {
  if (device === '') return [];
  return [...addresses.map(({ address, prefix }) => addAddress(index(device), address, prefix)), setUp(device)];
}

function routeRequests(before: readonly Endpoint[], after: readonly Endpoint[], index: (device: string) => number): Request[] {
  return ([4, 6] as const).flatMap((family) => {
    const outer = outerEndpoint(after, family);
    const gateway = outerAddress(after, family)?.gateway;
    if (!outer || gateway === undefined || outer.id === outerEndpoint(before, family)?.id) return [];
    return [replaceDefaultRoute(index(outer.device), gateway)];
  });
}

/** Shows people another name on a container's ends on the host; one that has just gone needs none. */
export async function rename(links: readonly string[], name: string, tag: string): Promise<void> {
  using netlink = new Netlink();
  await netlink.change(links.map((link) => setAlias(link, aliasOf(tag, 'container', name))), ['ENODEV']);
}

/**
 * Takes interfaces off their bridge, at once. The kernel removes them with their
 * namespace; removing them here would wait for it, some 30 ms.
 */
export async function unplug(links: readonly string[]): Promise<void> {
  const present = links.filter(linkExists);
  if (present.length === 0) return;
  using netlink = new Netlink();
  // One that went by itself in the meantime is what was wanted.
  await netlink.change(present.map(takeOffBridge), ['ENODEV']);
}
