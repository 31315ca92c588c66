import type { NetworkAttachment } from '@arcbox/proto/arcbox/engine/v1/container';
import { InvalidArgumentError } from 'commander';
import { splitPairs } from '../csv-fields.ts';

/** Reads `--network`: a name, or `name=back,ip=10.5.0.9,alias=db`. */
export function parseNetwork(text: string): NetworkAttachment {
  const attachment = { network: text, ipv4Address: '', ipv6Address: '', macAddress: '', aliases: [] as string[] };
  if (!/^"?\w+=/.test(text)) return attachment;
  attachment.network = '';
  for (const [key, value = ''] of splitPairs(text) ?? []) {
    if (key === 'name') attachment.network = value;
    else if (key === 'alias') attachment.aliases.push(value);
    else if (key === 'ip') attachment.ipv4Address = value;
    else if (key === 'ip6') attachment.ipv6Address = value;
    else if (key === 'mac-address') attachment.macAddress = value;
    else throw new InvalidArgumentError(`There is no ${key}; there are name, alias, ip, ip6 and mac-address.`);
  }
  if (!attachment.network) throw new InvalidArgumentError('The name of the network is missing: name=back.');
  return attachment;
}

export function collectNetwork(
  text: string,
  previous: readonly NetworkAttachment[] = [],
): readonly NetworkAttachment[] {
  return [...previous, parseNetwork(text)];
}

/** Nothing is asked for but to be on it. */
export const isBare = ({ ipv4Address, ipv6Address, macAddress, aliases }: NetworkAttachment): boolean =>
  !ipv4Address && !ipv6Address && !macAddress && aliases.length === 0;
