import { formatAddress, parseAddress, type Address } from './cidr.ts';
import type { Records } from './records.ts';

interface Known {
  /** By name in lower case. */
  readonly addresses: ReadonlyMap<string, readonly Address[]>;
  /** By address, as `formatAddress` writes it. */
  readonly names: ReadonlyMap<string, string>;
}

/** What containers are called on each network, read from the records when somebody asks after a change. */
export class NameIndex {
  readonly #records: Records;
  readonly #known = new Map<string, Known>();

  constructor(records: Records) {
    this.#records = records;
  }

  /** Something has changed. */
  forget(): void {
    this.#known.clear();
  }

  /** Addresses, of both families, that a name has on a network; undefined where nobody is called so. */
  addressesOf(network: string, name: string): readonly Address[] | undefined {
    return this.#on(network).addresses.get(name);
  }

  /** The name of who has an address on a network. */
  nameOf(network: string, address: Address): string | undefined {
    return this.#on(network).names.get(formatAddress(address));
  }

  #on(network: string): Known {
    const known = this.#known.get(network) ?? this.#read(network);
    this.#known.set(network, known);
    return known;
  }

  #read(network: string): Known {
    const addresses = new Map<string, Address[]>();
    const names = new Map<string, string>();
    for (const { id, name, state, endpoints } of this.#records.members(network)) {
      const endpoint = endpoints.find(({ networkId, stage }) => networkId === network && stage !== 'leaving');
      if (!endpoint || state === 'closing') continue;
      const own = endpoint.addresses.flatMap(({ address }) => parseAddress(address) ?? []);
      for (const address of own) names.set(formatAddress(address), `${name}.${endpoint.networkName}`);
      const called = [name, ...endpoint.aliases, id.slice(0, 12)].flatMap((each) => [each, `${each}.${endpoint.networkName}`]);
      for (const each of new Set(called.map((text) => text.toLowerCase()))) addresses.set(each, [...(addresses.get(each) ?? []), ...own]);
    }
    return { addresses, names };
  }
}

/** The address that a name of the reverse tree stands for: `4.3.2.1.in-addr.arpa`, or 32 digits below `ip6.arpa`. */
export function reversed(name: string): Address | undefined {
  const four = /^((?:\d{1,3}\.){4})in-addr\.arpa$/.exec(name)?.[1];
  if (four !== undefined) return parseAddress(four.slice(0, -1).split('.').reverse().join('.'));
  const six = /^((?:[0-9a-f]\.){32})ip6\.arpa$/.exec(name)?.[1];
  return six === undefined ? undefined : { family: 6, value: BigInt(`0x${six.replaceAll('.', '').split('').reverse().join('')}`) };
}
