import { invalidArgument } from '@arcbox/errors';
import type { CreateNetworkRequest, DeepPartial, NetworkInfo, NetworkSummary } from '@arcbox/proto/arcbox/v1/api';
import type { PortBinding } from '@arcbox/proto/arcbox/v1/common';
import type { EndpointSpec, OpenRequest, PortRange, Sandbox as SandboxMessage } from '@arcbox/proto/arcbox/engine/v1/network';
import { type Family, formatAddress, parseAddress } from './cidr.ts';
import type { NetworkRequest } from './create-network.ts';
import { type Network, subnetOf } from './network.ts';
import { addressOf, type Endpoint, type Join, type Port, type Sandbox, type SandboxRequest } from './sandbox.ts';

/** What container names and aliases are made of; they reach files and programs whose syntax they must not touch. */
const namePattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/;

const macPattern = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;

export function readNetworkRequest(request: CreateNetworkRequest): NetworkRequest {
  const { name, driver, internal, labels, enableIpv6, ipam } = request;
  if (ipam && ipam.driver !== '' && ipam.driver !== 'default') throw invalidArgument(`unknown ipam driver: ${ipam.driver}`);
  const subnets = (ipam?.subnets ?? []).map(({ subnet, gateway, ipRange }) => ({ subnet, gateway, range: ipRange }));
  return { name, driver, internal, labels, families: readFamilies(enableIpv6, ipam?.options ?? {}), subnets };
}

/** Option of ipam, named as docker names it, that makes a network of IPv6 alone: `false`. */
const enableIPv4 = 'com.docker.network.enable_ipv4';

function readFamilies(ipv6: boolean, { [enableIPv4]: ipv4 = 'true', ...others }: { readonly [name: string]: string }): Family[] {
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw invalidArgument(`unknown ipam option: ${unknown}`);
  if (ipv4 !== 'true' && ipv4 !== 'false') throw invalidArgument(`ipam option ${enableIPv4} is true or false, not ${ipv4}`);
  if (ipv4 === 'false' && !ipv6) throw invalidArgument('a network without IPv4 needs enable_ipv6');
  return [...(ipv4 === 'true' ? [4 as const] : []), ...(ipv6 ? [6 as const] : [])];
}

export function summariseNetwork(network: Network): DeepPartial<NetworkSummary> {
  const { id, name, driver, createdAt, internal, labels } = network;
  return { id, name, driver, scope: 'local', created: createdAt, internal, attachable: driver === 'bridge', labels };
}

export function showNetwork(network: Network, members: readonly Sandbox[]): DeepPartial<NetworkInfo> {
  const subnets = network.subnets.map(({ subnet, gateway, range }) => ({ subnet, gateway, ipRange: range }));
  const connected = members.filter(
    ({ state, endpoints }) => state === 'open' && endpoints.some(({ networkId, stage }) => networkId === network.id && !stage),
  );
  return {
    ...summariseNetwork(network),
    ipam: { driver: 'default', options: isWithoutIPv4(network) ? { [enableIPv4]: 'false' } : {}, subnets },
    containers: Object.fromEntries(connected.map((sandbox) => [sandbox.id, showMember(network, sandbox)])),
    options: network.link === '' ? {} : { 'com.docker.network.bridge.name': network.link },
  };
}

const isWithoutIPv4 = (network: Network): boolean => network.driver === 'bridge' && !subnetOf(network, 4);

export function readSandboxRequest({ containerId, containerName, networks, ports, portRanges, dns, userNamespace }: OpenRequest): SandboxRequest {
  if (!/^[0-9a-f]{64}$/.test(containerId)) throw invalidArgument(`not a container id: ${containerId}`);
  const joins = networks.map(readJoin);
  const published = [...ports.map(readPort), ...portRanges.map(readPortRange)];
  return { containerId, containerName: readName(containerName), joins, ports: published, dns: dns.map(readServer), userNamespace };
}

export function readName(name: string): string {
  if (!namePattern.test(name)) throw invalidArgument(`not a container name: ${name}`);
  return name;
}

export function showSandbox(sandbox: Sandbox): DeepPartial<SandboxMessage> {
  return {
    containerId: sandbox.id,
    netnsPath: sandbox.netns,
    endpoints: sandbox.endpoints.filter(({ link, stage }) => link !== '' && !stage).map(showEndpoint),
    ports: [...sandbox.ports],
    nameservers: [...sandbox.nameservers],
    search: [...sandbox.search],
    dnsOptions: [...sandbox.options],
    containerName: sandbox.name,
  };
}

function readServer(text: string): string {
  const address = parseAddress(text);
  if (!address) throw invalidArgument(`address of a name server is not an IP address: ${text}`);
  return formatAddress(address);
}

export function readJoin({ network, aliases, ipv4Address, ipv6Address, macAddress }: EndpointSpec): Join {
  const alias = aliases.find((name) => !namePattern.test(name));
  if (alias !== undefined) throw invalidArgument(`not a host name: ${alias}`);
  const mac = macAddress.toLowerCase();
  // The lowest bit of the first byte marks a group of machines.
  if (mac !== '' && (!macPattern.test(mac) || parseInt(mac.slice(0, 2), 16) % 2 === 1)) {
    throw invalidArgument(`not a MAC address of one machine: ${macAddress}`);
  }
  return { network, aliases, ipv4: ipv4Address, ipv6: ipv6Address, mac };
}

function readPort({ containerPort, hostPort, protocol, hostIp }: PortBinding): Port {
  if (containerPort < 1 || containerPort > 65_535) throw invalidArgument(`container port is not between 1 and 65535: ${containerPort}`);
  if (hostPort > 65_535) throw invalidArgument(`host port is not between 0 and 65535: ${hostPort}`);
  const name = protocol === '' ? 'tcp' : protocol.toLowerCase();
  if (name !== 'tcp' && name !== 'udp') throw invalidArgument(`unknown protocol of port ${containerPort}: ${protocol}`);
  const address = parseAddress(hostIp);
  if (hostIp !== '' && !address) throw invalidArgument(`host address is not an IP address: ${hostIp}`);
  return { containerPort, hostPort, protocol: name, hostIp: address ? formatAddress(address) : '' };
}

function readPortRange({ lastHostPort, ...first }: PortRange): Port {
  const port = readPort(first);
  if (port.hostPort < 1 || lastHostPort < port.hostPort || lastHostPort > 65_535) {
    throw invalidArgument(`no range of host ports: ${port.hostPort}-${lastHostPort}`);
  }
  return lastHostPort === port.hostPort ? port : { ...port, lastHostPort };
}

function showEndpoint(endpoint: Endpoint): NonNullable<DeepPartial<SandboxMessage>['endpoints']>[number] {
  return {
    id: endpoint.id,
    networkId: endpoint.networkId,
    networkName: endpoint.networkName,
    interface: endpoint.device,
    ipv4Address: withPrefix(endpoint, 4),
    ipv6Address: withPrefix(endpoint, 6),
    gateway: addressOf(endpoint, 4)?.gateway ?? '',
    ipv6Gateway: addressOf(endpoint, 6)?.gateway ?? '',
    macAddress: endpoint.mac,
    aliases: [...endpoint.aliases],
  };
}

function showMember(network: Network, sandbox: Sandbox): NonNullable<DeepPartial<NetworkInfo>['containers']>[string] {
  const endpoint = sandbox.endpoints.find(({ networkId }) => networkId === network.id);
  return {
    name: sandbox.name,
    endpointId: endpoint?.id ?? '',
    ipv4Address: withPrefix(endpoint, 4),
    ipv6Address: withPrefix(endpoint, 6),
    macAddress: endpoint?.mac ?? '',
  };
}

/** `10.5.0.2/16`; empty where there is no address of the family. */
function withPrefix(endpoint: Endpoint | undefined, family: 4 | 6): string {
  const address = addressOf(endpoint, family);
  return address ? `${address.address}/${address.prefix}` : '';
}
