import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseCidr } from './cidr.ts';
import { run } from './command.ts';
import type { Network } from './network.ts';

/**
 * Interfaces of an engine carry `arcbox:<engine>:<kind>:<name>` as their alias,
 * for people and for recovery: several engines share a host.
 */
export function aliasPrefix(tag: string): string {
  return `arcbox:${tag}:`;
}

/** Bytes of an alias at most: linux/if_link.h, IFALIASZ with its final zero. */
const longestAlias = 255;

export function aliasOf(tag: string, kind: 'network' | 'container', name: string): string {
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

