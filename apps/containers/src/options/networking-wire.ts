import type { ConnectedNetwork, CreateOptions, DeepPartial, NetworkAttachment } from '@arcbox/proto/arcbox/engine/v1/container';
import type { Config } from '../record/config.ts';
import type { Container } from '../record/container.ts';
import { type Attachment, attachmentsOf, type Networking } from './networking.ts';
import { isSameNetwork } from './same-network.ts';

/** Fields of CreateOptions that are about networks. */
export const networkingFields = ['dns', 'dnsSearch', 'dnsOptions', 'extraHosts', 'networks'] as const satisfies readonly string[];

export function readNetworking({ dns, dnsSearch, dnsOptions, extraHosts, networks }: CreateOptions): Networking {
  return { attachments: networks.map(readAttachment), dns, dnsSearch, dnsOptions, extraHosts };
}

export function readAttachment({ network, ipv4Address, ipv6Address, macAddress, aliases }: NetworkAttachment): Attachment {
  return { network, ipv4: ipv4Address, ipv6: ipv6Address, mac: macAddress, aliases };
}

/** The same fields of a container, as they are now. */
export function toNetworking(config: Config): DeepPartial<CreateOptions> {
  const { dns = [], dnsSearch = [], dnsOptions = [], extraHosts = [] } = config.networking ?? {};
  const networks = config.networking ? attachmentsOf(config).map(toAttachment) : [];
  return { dns: [...dns], dnsSearch: [...dnsSearch], dnsOptions: [...dnsOptions], extraHosts: [...extraHosts], networks };
}

/** Networks that a container is on; while it does not run, those that it will be on. */
export function toConnectedNetworks({ config, status }: Container): DeepPartial<ConnectedNetwork>[] {
  return attachmentsOf(config).map((attachment) => {
    const endpoint = status.network?.endpoints.find(({ networkId, networkName }) =>
      isSameNetwork(attachment.network, { id: networkId, name: networkName }),
    );
    return {
      attachment: toAttachment(attachment),
      networkId: endpoint?.networkId ?? '',
      endpointId: endpoint?.id ?? '',
      ipv4Address: endpoint?.ipv4 ?? '',
      ipv6Address: endpoint?.ipv6 ?? '',
      gateway: endpoint?.gateway ?? '',
      ipv6Gateway: endpoint?.ipv6Gateway ?? '',
      macAddress: endpoint?.mac ?? '',
    };
  });
}

function toAttachment({ network, ipv4, ipv6, mac, aliases }: Attachment): DeepPartial<NetworkAttachment> {
  return { network, ipv4Address: ipv4, ipv6Address: ipv6, macAddress: mac, aliases: [...aliases] };
}
