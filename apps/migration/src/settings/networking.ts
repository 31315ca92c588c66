import { type NameOf, shared } from './isolation.ts';
import { isSet, isTrue, type Json, listOf, objectOf, objectsOf, textOf, textsOf } from './json.ts';
import type { AttachmentOrder, NetworkOrder, PortOrder } from './order.ts';
import { type Source, usualNetwork } from './source.ts';
import { nameOfContainer, type Surroundings } from './surroundings.ts';

/** Where a container is on its networks and how it is reached. */
export function toNetworking(container: Json, surroundings: Surroundings, nameOf: NameOf, lost: string[]): NetworkOrder {
  const host = objectOf(container['HostConfig']);
  const mode = modeOf(container, surroundings, nameOf);
  const isOnNetwork = !['host', 'none'].includes(mode) && !mode.startsWith('container:');
  const attachments = isOnNetwork ? attachmentsOf(container, { mode, ...surroundings }, lost) : [];
  const names = mode.startsWith('container:') ? noNames : namesOf(host);
  return {
    mode,
    attachments,
    // docker keeps what it was told, and publishes nothing, where there is no network of its own.
    ports: isOnNetwork ? portsOf(objectOf(host['PortBindings']), lost) : [],
    exposed: exposedOf(objectOf(container['Config']), lost),
    publishAll: isOnNetwork && isTrue(host['PublishAllPorts']),
    ...names,
  };
}

const noNames = { dns: [], dnsSearch: [], dnsOptions: [], extraHosts: [] };

function namesOf(host: Json): Pick<NetworkOrder, 'dns' | 'dnsSearch' | 'dnsOptions' | 'extraHosts'> {
  return {
    dns: textsOf(host['Dns']),
    dnsSearch: textsOf(host['DnsSearch']),
    dnsOptions: textsOf(host['DnsOptions']),
    extraHosts: textsOf(host['ExtraHosts']),
  };
}

/** podman says `bridge` of whatever network it is on. */
function modeOf(container: Json, { networks, source }: Surroundings, nameOf: NameOf): string {
  const config = objectOf(container['Config']);
  if (isTrue(config['NetworkDisabled'])) return 'none';
  const given = textOf(objectOf(container['HostConfig'])['NetworkMode']);
  if (given.startsWith('container:')) return shared(given, nameOf);
  if (given === 'host' || given === 'none') return given;
  const joined = Object.keys(networksOf(container)).map((name) => ownName(name, source));
  const named = ownName(networks.get(given) ?? given, source);
  if (joined.includes(named)) return named;
  // `slirp4netns` and `pasta` are ways out of the host, not networks.
  return joined[0] ?? (new Set(networks.values()).has(named) ? named : 'bridge');
}

const networksOf = (container: Json): Json => objectOf(objectOf(container['NetworkSettings'])['Networks']);

/** The network that everybody is on who names none is `bridge` here. */
const ownName = (name: string, source: Source): string => (['', 'default', usualNetwork[source]].includes(name) ? 'bridge' : name);

interface Place extends Surroundings {
  readonly mode: string;
}

function attachmentsOf(container: Json, place: Place, lost: string[]): AttachmentOrder[] {
  const all = Object.entries(networksOf(container)).map(([name, endpoint]) => attachmentOf(container, place, [ownName(name, place.source), objectOf(endpoint)], lost));
  const first = all.filter(({ network }) => network === place.mode);
  return [...first, ...all.filter((attachment) => !first.includes(attachment))];
}

function attachmentOf(container: Json, { mode, links }: Place, [network, endpoint]: [string, Json], lost: string[]): AttachmentOrder {
  const ipam = objectOf(endpoint['IPAMConfig']);
  const name = nameOfContainer(container);
  const linked = (links.get(name) ?? []).filter((link) => link.network === network).map(({ alias }) => alias);
  // The engines give their own names to all.
  const own = new Set([textOf(container['Id']).slice(0, 12), name]);
  for (const key of ['DriverOpts', 'GwPriority'] as const) {
    if (isSet(endpoint[key])) lost.push(`${key} on network ${network}: ${JSON.stringify(endpoint[key])}`);
  }
  if (isSet(ipam['LinkLocalIPs'])) lost.push(`link-local addresses on network ${network}: ${textsOf(ipam['LinkLocalIPs']).join(', ')}`);
  const isOnBridge = network === 'bridge';
  return {
    network,
    ipv4: isOnBridge ? '' : textOf(ipam['IPv4Address']) || unsaid(endpoint, 'IPAddress'),
    ipv6: isOnBridge ? '' : textOf(ipam['IPv6Address']) || unsaid(endpoint, 'GlobalIPv6Address'),
    mac: network === mode ? textOf(objectOf(container['Config'])['MacAddress']) : '',
    aliases: [...new Set([...textsOf(endpoint['Aliases']), ...linked])].filter((alias) => !own.has(alias)),
  };
}

/** podman does not tell which addresses somebody has chosen, and knows no ids of endpoints: then it is the one that is in use. */
function unsaid(endpoint: Json, address: 'IPAddress' | 'GlobalIPv6Address'): string {
  return textOf(endpoint['EndpointID']) === '' ? textOf(endpoint[address]) : '';
}

function portsOf(bindings: Json, lost: string[]): PortOrder[] {
  return Object.entries(bindings).flatMap(([port, hosts]) => {
    const [number = '', protocol = 'tcp'] = port.split('/');
    if (listOf(hosts).length === 0) return [];
    if (protocol !== 'tcp' && protocol !== 'udp') {
      lost.push(`published port ${port}: there are tcp and udp`);
      return [];
    }
    return objectsOf(hosts).map(({ HostIp, HostPort }) => ({
      containerPort: Number(number),
      ...hostPortsOf(textOf(HostPort)),
      protocol,
      hostIp: textOf(HostIp),
    }));
  });
}

/** One, or a range; empty for any. */
function hostPortsOf(text: string): Pick<PortOrder, 'hostPort' | 'lastHostPort'> {
  const [hostPort, lastHostPort = hostPort] = text.split('-').map(Number);
  return { hostPort: hostPort ?? 0, ...(lastHostPort === hostPort ? {} : { lastHostPort }) };
}

function exposedOf(config: Json, lost: string[]): string[] {
  const ports = Object.keys(objectOf(config['ExposedPorts']));
  const isKnown = (port: string): boolean => /^\d+(-\d+)?(\/(tcp|udp))?$/i.test(port);
  lost.push(...ports.filter((port) => !isKnown(port)).map((port) => `exposed port ${port}: there are tcp and udp`));
  return ports.filter(isKnown);
}
