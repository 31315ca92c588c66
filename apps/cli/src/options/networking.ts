import { isIP, isIPv4, isIPv6 } from 'node:net';
import { invalidArgument } from '@arcbox/errors';
import type { CreateOptions, NetworkAttachment } from '@arcbox/proto/arcbox/engine/v1/container';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { collect } from '../option-values.ts';
import { collectPorts, isRange, parseExposed, type PublishedPort } from '../ports.ts';
import { collectNetwork, isBare } from './network-attachment.ts';

/** How a container is reached, and what it reaches. */
export interface NetworkingOptions {
  network?: readonly NetworkAttachment[];
  /** An older name of it. */
  net?: readonly NetworkAttachment[];
  networkAlias?: readonly string[];
  ip?: string;
  ip6?: string;
  macAddress?: string;
  publish?: readonly PublishedPort[];
  publishAll?: boolean;
  expose?: readonly string[];
  hostname?: string;
  domainname?: string;
  addHost?: readonly string[];
  dns?: readonly string[];
  dnsSearch?: readonly string[];
  dnsOption?: readonly string[];
  /** An older name of it. */
  dnsOpt?: readonly string[];
}

export function addNetworkingOptions(command: Command): Command {
  return command
    .optionsGroup('Network:')
    .addOption(
      new Option(
        '--network <network>',
        'bridge, host, none, container:<name> or a network, also name=…,ip=…,alias=… (default: bridge)',
      ).argParser(collectNetwork),
    )
    .addOption(new Option('--net <network>').argParser(collectNetwork).hideHelp())
    .addOption(new Option('--network-alias <name>', 'a further name that others find it by').argParser(collect))
    .addOption(new Option('--ip <address>', 'its address, in the subnet of the network').argParser(address(isIPv4)))
    .addOption(new Option('--ip6 <address>', 'its IPv6 address').argParser(address(isIPv6)))
    .option('--mac-address <address>', 'its MAC address')
    .addOption(
      new Option('-p, --publish <[ip:]host:container>', 'make a port reachable from outside').argParser(collectPorts),
    )
    .option('-P, --publish-all', 'make all exposed ports reachable, on free ports of the host')
    .addOption(new Option('--expose <port>', 'a port it listens on: 80, 53/udp, 3000-3010').argParser(collectExposed))
    .option('-h, --hostname <name>', 'host name inside (default: its short id)')
    .option('--domainname <name>', 'domain of the host name')
    .addOption(
      new Option('--add-host <name:address>', 'a further line of /etc/hosts; host-gateway is the host').argParser(
        collectHost,
      ),
    )
    .addOption(new Option('--dns <address>', 'name server to ask').argParser(collectAddress))
    .addOption(new Option('--dns-search <domain>', 'domain to look short names up in').argParser(collect))
    .addOption(new Option('--dns-option <option>', 'option of resolv.conf: ndots:2').argParser(collect))
    .addOption(new Option('--dns-opt <option>').argParser(collect).hideHelp());
}

/** `bridge`, `host`, `none`, `container:<id>` or the first network. */
export const networkModeOf = (options: NetworkingOptions): string => {
  const mode = networksOf(options)[0]?.network ?? '';
  return mode === 'default' ? '' : mode;
};

export function networkingOf(options: NetworkingOptions): Partial<CreateOptions> {
  return {
    networks: attachmentsOf(options),
    publishAll: options.publishAll ?? false,
    portRanges: (options.publish ?? []).filter(isRange),
    exposedPorts: [...new Set(options.expose ?? [])],
    domainname: options.domainname ?? '',
    extraHosts: [...(options.addHost ?? [])],
    dns: [...(options.dns ?? [])],
    dnsSearch: [...(options.dnsSearch ?? [])],
    dnsOptions: [...(options.dnsOption ?? []), ...(options.dnsOpt ?? [])],
  };
}

const networksOf = ({ network = [], net = [] }: NetworkingOptions): NetworkAttachment[] => [...network, ...net];

/** Settings given by themselves are those of the first network. */
function attachmentsOf(options: NetworkingOptions): NetworkAttachment[] {
  const { ip = '', ip6 = '', macAddress = '', networkAlias = [] } = options;
  const network = networksOf(options);
  const names = network.map((attachment) => attachment.network);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalidArgument(`network ${twice} is given twice`);
  const alone = names.find((name) => /^(host|none|container:.*)$/.test(name));
  if (alone !== undefined && names.length > 1) throw invalidArgument(`network ${alone} goes with no other network`);
  const [first, ...others] = network;
  const settings = { ipv4Address: ip, ipv6Address: ip6, macAddress, aliases: [...networkAlias] };
  const main = { network: first?.network || 'bridge', ...merge(first, settings) };
  return [...(isBare(main) ? [] : [main]), ...others];
}

type Settings = Omit<NetworkAttachment, 'network'>;

function merge(given: Settings | undefined, settings: Settings): Settings {
  if (!given) return settings;
  const either = (flag: string, one: string, other: string): string => {
    if (one && other) throw invalidArgument(`${flag} is given twice: on its own and in --network`);
    return one || other;
  };
  return {
    ipv4Address: either('--ip', given.ipv4Address, settings.ipv4Address),
    ipv6Address: either('--ip6', given.ipv6Address, settings.ipv6Address),
    macAddress: either('--mac-address', given.macAddress, settings.macAddress),
    aliases: [...given.aliases, ...settings.aliases],
  };
}

const address =
  (fits: (text: string) => boolean) =>
  (text: string): string => {
    if (!fits(text)) throw new InvalidArgumentError('It has to be an IP address.');
    return text;
  };

function collectAddress(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, address((given) => isIP(given) !== 0)(text)];
}

function collectExposed(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, ...parseExposed(text)];
}

/** `name:address` or `name=address`, IPv6 also in brackets; the engine takes the first way. */
function collectHost(text: string, previous: readonly string[] = []): readonly string[] {
  const [, name, given = ''] = /^([^:=]+)[:=](.+)$/.exec(text) ?? [];
  const host = given.replace(/^\[(.*)\]$/, '$1');
  if (name === undefined || (host !== 'host-gateway' && isIP(host) === 0)) {
    throw new InvalidArgumentError('Write name:address, or name:host-gateway.');
  }
  return [...previous, `${name}:${host}`];
}
