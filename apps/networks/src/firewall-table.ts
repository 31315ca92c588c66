import type { Family } from './cidr.ts';
import type { Network } from './network.ts';
import { familiesOf, isWildcard } from './ports.ts';
import { outerAddress, type Sandbox } from './sandbox.ts';

/** One element of a set or map of the table, in the notation of nft(8). */
export interface Element {
  readonly set: string;
  readonly key: string;
  /** Of a map. */
  readonly value?: string;
  /** Whose it is, for people who read the table. */
  readonly comment?: string;
}

const sets: readonly { name: string; note: string; definition: string }[] = [
  { name: 'bridges', note: 'bridges of this engine', definition: 'type ifname' },
  { name: 'internal', note: 'those of them that have no way out', definition: 'type ifname' },
  { name: 'within', note: 'from a bridge to itself', definition: 'type ifname . ifname' },
  { name: 'subnets4', note: 'addresses of containers', definition: 'type ipv4_addr; flags interval' },
  { name: 'subnets6', note: 'the same, of IPv6', definition: 'type ipv6_addr; flags interval' },
];

const maps: readonly { name: string; note: string; definition: string }[] = ([4, 6] as const).flatMap((family) => [
  {
    name: `ports${family}`,
    note: 'ports published on every address of the host',
    definition: `type inet_proto . inet_service : ipv${family}_addr . inet_service`,
  },
  {
    name: `ports${family}_on`,
    note: 'ports published on one address of the host',
    definition: `type ipv${family}_addr . inet_proto . inet_service : ipv${family}_addr . inet_service`,
  },
]);

const chains = `
  chain guard {
    comment "nobody but the host itself talks to its loopback addresses"
    type filter hook prerouting priority raw; policy accept;
    iifname != "lo" ip daddr 127.0.0.0/8 drop
  }

  chain prerouting {
    comment "what comes to an address of the host may be for a published port"
    type nat hook prerouting priority dstnat; policy accept;
    fib daddr type local jump published
  }

  chain output {
    comment "the same for what the host itself sends; ::1 leaves by no other interface: a relay of the worker answers there"
    type nat hook output priority -100; policy accept;
    ip6 daddr ::1 accept
    fib daddr type local jump published
  }

  chain published {
    meta nfproto ipv4 dnat ip to ip daddr . meta l4proto . th dport map @ports4_on
    meta nfproto ipv4 dnat ip to meta l4proto . th dport map @ports4
    meta nfproto ipv6 dnat ip6 to ip6 daddr . meta l4proto . th dport map @ports6_on
    meta nfproto ipv6 dnat ip6 to meta l4proto . th dport map @ports6
  }

  chain postrouting {
    comment "answers must come back through the host: from outside, from its loopback, from another container"
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr @subnets4 oifname != @bridges masquerade
    ip6 saddr @subnets6 oifname != @bridges masquerade
    ip saddr 127.0.0.0/8 oifname @bridges masquerade
    ip saddr @subnets4 ip daddr @subnets4 ct status dnat masquerade
    ip6 saddr @subnets6 ip6 daddr @subnets6 ct status dnat masquerade
  }

  chain forward {
    comment "into a network come only answers and what was published; other networks are outside too"
    type filter hook forward priority filter; policy accept;
    iifname . oifname @within accept
    iifname @internal drop
    oifname @internal drop
    ct state established,related accept
    oifname @bridges ct status dnat accept
    oifname @bridges drop
  }
`;

/** The whole table, replacing the present one in one transaction: no packet meets a half-made one. */
export function renderTable(table: string, elements: readonly Element[]): string {
  const bySet = Map.groupBy(elements, ({ set }) => set);
  const block = (kind: string, { name, note, definition }: (typeof sets)[number]): string => {
    const own = bySet.get(name) ?? [];
    const content = own.length === 0 ? '' : `\n    elements = {\n      ${own.map(formatElement).join(',\n      ')}\n    }`;
    return `  ${kind} ${name} {\n    comment "${note}"\n    ${definition}${content}\n  }\n`;
  };
  return [
    `add table inet ${table}`,
    `delete table inet ${table}`,
    `table inet ${table} {`,
    ...sets.map((set) => block('set', set)),
    ...maps.map((map) => block('map', map)),
    `${chains.slice(1)}}`,
    '',
  ].join('\n');
}

export function renderAdd(table: string, elements: readonly Element[]): string {
  return changes('add', table, elements, formatElement);
}

export function renderDelete(table: string, elements: readonly Element[]): string {
  return changes('delete', table, elements, ({ key }) => key);
}

export function networkElements({ link, internal, subnets, name }: Network): Element[] {
  const bridge = `"${link}"`;
  return [
    { set: 'bridges', key: bridge, comment: name },
    ...(internal ? [{ set: 'internal', key: bridge, comment: name }] : []),
    { set: 'within', key: `${bridge} . ${bridge}`, comment: name },
    ...subnets.map(({ family, subnet }) => ({ set: `subnets${family}`, key: subnet, comment: name })),
  ];
}

/** Published ports of a container, a map element for each family it can be reached in. */
export function portElements(sandbox: Sandbox): Element[] {
  return sandbox.ports.flatMap(({ protocol, hostPort, containerPort, hostIp }) =>
    familiesOf(hostIp).flatMap((family: Family) => {
      const target = outerAddress(sandbox.endpoints, family)?.address;
      if (target === undefined) return [];
      const port = `${protocol} . ${hostPort}`;
      const everywhere = isWildcard(hostIp);
      return {
        set: everywhere ? `ports${family}` : `ports${family}_on`,
        key: everywhere ? port : `${hostIp} . ${port}`,
        value: `${target} . ${containerPort}`,
        comment: sandbox.name,
      };
    }),
  );
}

function changes(
  verb: string,
  table: string,
  elements: readonly Element[],
  format: (element: Element) => string,
): string {
  return [...Map.groupBy(elements, ({ set }) => set)]
    .map(([set, own]) => `${verb} element inet ${table} ${set} { ${own.map(format).join(', ')} }\n`)
    .join('');
}

function formatElement({ key, value, comment }: Element): string {
  // nft takes comments of up to 128 bytes.
  const note = comment === undefined ? '' : ` comment "${comment.slice(0, 120)}"`;
  return value === undefined ? `${key}${note}` : `${key}${note} : ${value}`;
}

