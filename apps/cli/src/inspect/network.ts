import type { NetworkInfo } from '@arcbox/proto/arcbox/v1/api';
import { mapFrom, mapOf } from './shape.ts';

/** A network under the names that docker inspect gives. */
export function networkToDocker(info: NetworkInfo): object {
  const subnets = info.ipam?.subnets ?? [];
  return {
    Name: info.name,
    Id: info.id,
    Created: info.created,
    Scope: info.scope,
    Driver: info.driver,
    EnableIPv4: info.ipam?.options['com.docker.network.enable_ipv4'] !== 'false',
    EnableIPv6: subnets.some(({ subnet }) => subnet.includes(':')),
    IPAM: {
      Driver: info.ipam?.driver || 'default',
      Options: info.ipam?.options ?? {},
      Config: subnets.map(({ subnet, gateway, ipRange }) => ({
        Subnet: subnet,
        ...(ipRange ? { IPRange: ipRange } : {}),
        ...(gateway ? { Gateway: gateway } : {}),
      })),
    },
    Internal: info.internal,
    Attachable: info.attachable,
    Containers: mapOf(
      Object.entries(info.containers).map(([id, { name, endpointId, macAddress, ipv4Address, ipv6Address }]) => [
        id,
        {
          Name: name,
          EndpointID: endpointId,
          MacAddress: macAddress,
          IPv4Address: ipv4Address,
          IPv6Address: ipv6Address,
        },
      ] as const),
    ),
    Options: mapFrom(info.options),
    Labels: mapFrom(info.labels),
  };
}
