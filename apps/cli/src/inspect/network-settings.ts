import type { ConnectedNetwork, InspectResponse } from '@arcbox/proto/arcbox/engine/v1/container';
import { publishedToDocker } from './port-map.ts';
import { listOrNull, mapOf } from './shape.ts';

/** The part called `NetworkSettings`: where a container is, and how it is reached. */
export function networkSettingsToDocker({ info, networks, ports, options }: InspectResponse): object {
  const running = info?.state?.running ?? false;
  const { ipAddress = '', gateway = '', macAddress = '', networkId = '' } = info?.networkSettings ?? {};
  const main = networks.find((network) => network.networkId === networkId) ?? networks[0];
  const { address: ipv6, length } = split(main?.ipv6Address ?? '');
  return {
    Ports: running ? publishedToDocker(ports, options?.exposedPorts ?? []) : mapOf([]),
    NetworkID: networkId,
    EndpointID: main?.endpointId ?? '',
    Gateway: gateway,
    IPAddress: split(ipAddress).address,
    IPPrefixLen: split(main?.ipv4Address ?? '').length,
    IPv6Gateway: main?.ipv6Gateway ?? '',
    GlobalIPv6Address: ipv6,
    GlobalIPv6PrefixLen: length,
    MacAddress: macAddress,
    Networks: mapOf(networks.map((network) => [network.attachment?.network ?? '', networkToDocker(network)] as const)),
  };
}

function networkToDocker(network: ConnectedNetwork): object {
  const { attachment, networkId, endpointId, gateway, ipv6Gateway, macAddress } = network;
  const { address: ipv4, length: prefix } = split(network.ipv4Address);
  const { address: ipv6, length: prefix6 } = split(network.ipv6Address);
  const wanted = {
    ...(attachment?.ipv4Address ? { IPv4Address: attachment.ipv4Address } : {}),
    ...(attachment?.ipv6Address ? { IPv6Address: attachment.ipv6Address } : {}),
  };
  return {
    IPAMConfig: Object.keys(wanted).length > 0 ? wanted : null,
    Aliases: listOrNull(attachment?.aliases ?? []),
    MacAddress: macAddress,
    NetworkID: networkId,
    EndpointID: endpointId,
    Gateway: gateway,
    IPAddress: ipv4,
    IPPrefixLen: prefix,
    IPv6Gateway: ipv6Gateway,
    GlobalIPv6Address: ipv6,
    GlobalIPv6PrefixLen: prefix6,
  };
}

/** `172.18.0.2/16` as address and length; 0 without one. */
function split(address: string): { address: string; length: number } {
  const [bare = '', length = '0'] = address.split('/');
  return { address: bare, length: Number(length) };
}
