import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseCidr } from './cidr.ts';
import { run } from './command.ts';
import type { Network } from './network.ts';
import { type Endpoint, outerAddress, outerEndpoint, type Sandbox } from './sandbox.ts';

/**
 * Interfaces of an engine carry `arcbox:<engine>:<kind>:<name>` as their alias,
 * for people and for recovery: several engines share a host.
 */
export function aliasPrefix(tag: string): string {
  return `arcbox:${tag}:`;
}

/** Bytes of an alias at most: linux/if_link.h, IFALIASZ with its final zero. */
const longestAlias = 255;

function aliasOf(tag: string, kind: 'network' | 'container', name: string): string {
  return `${aliasPrefix(tag)}${kind}:${name}`.slice(0, longestAlias);
}

/** Names of interfaces are at most 15 characters. */
export function bridgeName(networkId: string): string {
  return `abx-${networkId.slice(0, 11)}`;
}

export function vethName(endpointId: string): string {
  return `abv-${endpointId.slice(0, 11)}`;
}

/** In our network namespace, which /sys does not follow: it shows that of whoever mounted it. */
export function linkExists(name: string): boolean {
  return readFileSync('/proc/self/net/dev', 'utf8').split('\n').some((line) => line.trimStart().startsWith(`${name}:`));
}

/** Makes the bridges of networks, or completes those that are there. One that fails does not stop the others. */
export async function ensureBridges(networks: readonly Network[], tag: string): Promise<void> {
  const missing = networks.filter(({ link }) => !linkExists(link));
  await batch(missing.map(({ id, link, mtu }) => `link add name ${link} mtu ${mtu} address ${bridgeMac(id)} type bridge`), ['-force']);
  for (const network of networks) setLinkOptions(network);
  await batch(networks.flatMap((network) => bridgeLines(network, tag)), ['-force']);
}

function bridgeLines({ link, name, subnets }: Network, tag: string): string[] {
  return [
    `link set dev ${link} alias ${aliasOf(tag, 'network', name)}`,
    ...subnets.map(({ gateway, subnet, family }) => {
      const options = family === 6 ? ' nodad' : '';
      return `addr replace ${gateway}/${parseCidr(subnet)?.prefix} dev ${link}${options}`;
    }),
    `link set dev ${link} up`,
  ];
}

/** Connects the namespace at `netns`: one command for the host's side, one for the inside. */
export function plugLines(endpoint: Endpoint, network: Network, sandbox: Sandbox, tag: string): string[] {
  const { link, device, mac } = endpoint;
  const peer = `peer name ${device} mtu ${network.mtu} address ${mac} netns "${sandbox.netns}"`;
  return [
    `link add ${link} mtu ${network.mtu} master ${network.link} up type veth ${peer}`,
    aliasLine(link, sandbox.name, tag),
    // What a container sends to its own published port comes back the way it went.
    ...(sandbox.ports.length > 0 ? [`link set dev ${link} type bridge_slave hairpin on`] : []),
  ];
}

/** What stands in a container's namespace. */
export function insideLines({ endpoints }: Sandbox): string[] {
  return ['link set lo up', ...endpoints.flatMap(endpointLines), ...routeLines([], endpoints)];
}

/** An interface in the container's namespace. */
export function endpointLines({ device, addresses }: Endpoint): string[] {
  if (device === '') return [];
  const given = addresses.map(
    ({ address, prefix, family }) => `addr add ${address}/${prefix} dev ${device}${family === 6 ? ' nodad' : ''}`,
  );
  return [...given, `link set ${device} up`];
}

/** Default routes that change when the endpoints of a container do; one that loses its interface goes with that. */
export function routeLines(before: readonly Endpoint[], after: readonly Endpoint[]): string[] {
  return ([4, 6] as const).flatMap((family) => {
    const outer = outerEndpoint(after, family);
    if (!outer || outer.id === outerEndpoint(before, family)?.id) return [];
    return [`route replace default via ${outerAddress(after, family)?.gateway} dev ${outer.device}`];
  });
}

/** What people see of a container's end on the host. */
export function aliasLine(link: string, name: string, tag: string): string {
  return `link set dev ${link} alias ${aliasOf(tag, 'container', name)}`;
}

/**
 * Takes interfaces off their bridge, at once. The kernel removes them with their
 * namespace; removing them here would wait for it, some 30 ms.
 */
export async function unplug(links: readonly string[]): Promise<void> {
  const lines = links.filter(linkExists).map((link) => `link set dev ${link} nomaster down`);
  if (lines.length === 0) return;
  try {
    await batch(lines, ['-force']);
  } catch (error) {
    // One that went by itself in the meantime is what was wanted; one that stays is not.
    if (links.some((link) => existsSync(`/sys/class/net/${link}/master`))) throw error;
  }
}

export async function removeLinks(links: readonly string[]): Promise<void> {
  const present = links.filter(linkExists);
  if (present.length === 0) return;
  try {
    await batch(present.map((link) => `link del dev ${link}`), ['-force']);
  } catch (error) {
    if (present.some(linkExists)) throw error;
  }
}

export async function batch(lines: readonly string[], options: readonly string[] = []): Promise<void> {
  if (lines.length > 0) await run('ip', [...options, '-batch', '-'], `${lines.join('\n')}\n`);
}

/** One interface of this engine, as the kernel has it. */
export interface PresentLink {
  readonly name: string;
  /** Name of the bridge it is a port of; empty for none. */
  readonly master: string;
}

/** Interfaces that this engine made. */
export async function ownLinks(tag: string): Promise<PresentLink[]> {
  const listed = JSON.parse((await run('ip', ['-j', 'link', 'show'])) || '[]') as {
    ifname: string;
    ifalias?: string;
    master?: string;
  }[];
  return listed
    .filter(({ ifalias }) => ifalias?.startsWith(aliasPrefix(tag)))
    .map(({ ifname, master }) => ({ name: ifname, master: master ?? '' }));
}

function setLinkOptions({ link, subnets }: Network): void {
  // Connections from the host's loopback to published ports leave through the bridge.
  writeFileSync(`/proc/sys/net/ipv4/conf/${link}/route_localnet`, '1');
  const ipv6 = `/proc/sys/net/ipv6/conf/${link}`;
  if (!existsSync(ipv6)) return;
  const used = subnets.some(({ family }) => family === 6);
  writeFileSync(`${ipv6}/accept_ra`, '0');
  writeFileSync(`${ipv6}/disable_ipv6`, used ? '0' : '1');
}

/** Fixed, because a bridge without one changes its MAC as its ports come and go. */
function bridgeMac(networkId: string): string {
  return `02:42:${(networkId.slice(0, 8).match(/../g) ?? []).join(':')}`;
}

