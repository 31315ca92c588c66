import { isIP, isIPv4, isIPv6 } from 'node:net';
import { invalidArgument } from '@arcbox/errors';
import type { Config, NetworkMode } from '../record/config.ts';

/** A network that a container is on, and what it wants there; empty strings leave the choice to the engine. */
export interface Attachment {
  /** Id or name. */
  readonly network: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly mac: string;
  /** Further names that DNS answers there. */
  readonly aliases: readonly string[];
}

/** How a container is connected, where it is not as usual. Empty lists mean what the network or the host has. */
export interface Networking {
  /** The first gives the default route. None: loopback only. */
  readonly attachments: readonly Attachment[];
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly dnsOptions: readonly string[];
  /** `name:address` or `name:host-gateway`. */
  readonly extraHosts: readonly string[];
}

const macPattern = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i;
const aliasPattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/;
const domainPattern = /^(\.|[a-zA-Z0-9_]([a-zA-Z0-9_.-]{0,253})?)$/;
const optionPattern = /^[\x21-\x22\x24-\x3a\x3c-\x7e]+$/;
const hostPattern = /^[a-zA-Z0-9_]([a-zA-Z0-9_.-]{0,252})?$/;

/** The mode of a request: without one, the first of its networks takes its place. */
export function wantedMode({ networkMode, networking }: { readonly networkMode: string; readonly networking?: Networking }): string {
  return networkMode === '' ? (networking?.attachments[0]?.network ?? '') : networkMode;
}

/** Undefined when nothing is asked for. INVALID_ARGUMENT names what is wrong, or does not go with the mode. */
export function checkNetworking(wanted: Networking | undefined, mode: NetworkMode): Networking | undefined {
  if (!wanted) return undefined;
  const { attachments, dns, dnsSearch, dnsOptions, extraHosts } = wanted;
  const texts = [...dns, ...dnsSearch, ...dnsOptions, ...extraHosts];
  if (mode.kind === 'container' && texts.length > 0) {
    throw invalidArgument('a container on the network of another has its names too: dns and extra hosts cannot be set');
  }
  refuse(dns, (text) => isIP(text) !== 0 && !text.includes('%'), 'address of a name server');
  refuse(dnsSearch, (text) => domainPattern.test(text), 'search domain');
  refuse(dnsOptions, (text) => optionPattern.test(text), 'option of resolv.conf');
  extraHosts.forEach(splitHost);
  const planned = mode.kind === 'network' ? planAttachments(attachments.map(checkAttachment), mode.name) : [];
  if (mode.kind !== 'network') refuseAttachments(attachments, mode.kind);
  return attachments.length + texts.length === 0 ? undefined : { ...wanted, attachments: planned };
}

/** INVALID_ARGUMENT names what is wrong. The MAC comes back in lower case. */
export function checkAttachment({ network, ipv4, ipv6, mac, aliases }: Attachment): Attachment {
  if (network === '') throw invalidArgument('a network to connect to needs an id or name');
  if (ipv4 !== '' && !isIPv4(ipv4)) throw invalidArgument(`not an IPv4 address: ${ipv4}`);
  if (ipv6 !== '' && (!isIPv6(ipv6) || ipv6.includes('%'))) throw invalidArgument(`not an IPv6 address: ${ipv6}`);
  // The lowest bit of the first byte marks a group of machines.
  if (mac !== '' && (!macPattern.test(mac) || parseInt(mac.slice(0, 2), 16) % 2 === 1)) {
    throw invalidArgument(`not a MAC address of one machine: ${mac}`);
  }
  refuse(aliases, (text) => aliasPattern.test(text), 'alias');
  return { network: network.replace(/^\//, ''), ipv4, ipv6, mac: mac.toLowerCase(), aliases: [...new Set(aliases)] };
}

/** Networks that a container is on, or will be when it starts. */
export function attachmentsOf({ network, networking }: Pick<Config, 'network' | 'networking'>): readonly Attachment[] {
  if (network.kind !== 'network') return [];
  return networking?.attachments ?? [plain(network.name)];
}

/** Whether its place on the network is its own, made by the networks worker; on `none` there is nothing but loopback in it. */
export const hasSandbox = ({ network }: Pick<Config, 'network'>): boolean => network.kind === 'network' || network.kind === 'none';

export function withAttachments(config: Config, attachments: readonly Attachment[]): Config {
  const { dns = [], dnsSearch = [], dnsOptions = [], extraHosts = [] } = config.networking ?? {};
  return { ...config, networking: { attachments, dns, dnsSearch, dnsOptions, extraHosts } };
}

/** `name:address`, the address perhaps in brackets. */
export function splitHost(text: string): { readonly name: string; readonly address: string } {
  const [, name = '', given = ''] = /^([^:=]*)[:=](.*)$/s.exec(text) ?? [];
  const address = given.replace(/^\[(.*)\]$/, '$1');
  if (!hostPattern.test(name)) throw invalidArgument(`invalid extra host ${text}: it should be name:address`);
  if (address !== 'host-gateway' && (isIP(address) === 0 || address.includes('%'))) {
    throw invalidArgument(`invalid extra host ${text}: ${address || 'nothing'} is not an address`);
  }
  return { name, address };
}

function planAttachments(given: readonly Attachment[], primary: string): Attachment[] {
  const names = given.map(({ network }) => network);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalidArgument(`network ${twice} is named twice`);
  const special = names.find((name) => name === 'host' || name === 'none');
  if (special !== undefined) throw invalidArgument(`network ${special} cannot be joined with others`);
  const isFirst = ({ network }: Attachment): boolean => network === primary || (primary === 'bridge' && network === 'default');
  const first = given.find(isFirst) ?? plain(primary);
  return [{ ...first, network: primary }, ...given.filter((attachment) => !isFirst(attachment))];
}

/** Naming the network of the mode once more says nothing new; anything else does not go with it. */
export function refuseAttachments(attachments: readonly Attachment[], kind: string): void {
  const further = attachments.find(
    ({ network, ipv4, ipv6, mac, aliases }) => network !== kind || ipv4 + ipv6 + mac !== '' || aliases.length > 0,
  );
  if (further) throw invalidArgument(`network mode ${kind} cannot be combined with settings of network ${further.network}`);
}

function plain(network: string): Attachment {
  return { network, ipv4: '', ipv6: '', mac: '', aliases: [] };
}

function refuse(texts: readonly string[], isGood: (text: string) => boolean, what: string): void {
  const wrong = texts.find((text) => !isGood(text));
  if (wrong !== undefined) throw invalidArgument(`invalid ${what}: ${JSON.stringify(wrong)}`);
}
