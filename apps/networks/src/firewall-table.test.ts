import { networkElements, portElements, renderAdd, renderDelete, renderTable } from './firewall-table.ts';
import type { Network } from './network.ts';
import type { Sandbox } from './sandbox.ts';

const network: Network = {
  id: 'a'.repeat(64),
  name: 'app',
  driver: 'bridge',
  state: 'ready',
  announced: true,
  createdAt: '2026-01-01T00:00:00.000000000Z',
  node: 'node',
  predefined: false,
  internal: true,
  labels: {},
  link: 'abx-aaaaaaaaaaa',
  mtu: 1500,
  subnets: [
    { family: 4, subnet: '172.18.0.0/16', gateway: '172.18.0.1', range: '' },
    { family: 6, subnet: 'fd00::/64', gateway: 'fd00::1', range: '' },
  ],
};

const sandbox: Sandbox = {
  id: 'c'.repeat(64),
  name: 'web',
  state: 'open',
  connected: true,
  request: '',
  netns: '/run/arcbox/netns/c',
  endpoints: [
    {
      id: 'e'.repeat(64),
      networkId: network.id,
      networkName: 'app',
      driver: 'bridge',
      device: 'eth0',
      link: 'abv-eeeeeeeeeee',
      mac: '02:42:ac:12:00:02',
      addresses: [{ family: 4, address: '172.18.0.2', prefix: 16, gateway: '172.18.0.1' }],
      aliases: [],
    },
  ],
  ports: [
    { protocol: 'tcp', containerPort: 80, hostPort: 8080, hostIp: '' },
    { protocol: 'udp', containerPort: 53, hostPort: 53, hostIp: '127.0.0.1' },
    { protocol: 'tcp', containerPort: 81, hostPort: 8081, hostIp: '::1' },
  ],
  nameservers: [],
  search: [],
  options: [],
};

describe('the firewall table', () => {
  it('is replaced in one transaction and tells people what is what', () => {
    const text = renderTable('arcbox_12345678', [...networkElements(network), ...portElements(sandbox)]);
    expect(text).toMatchInlineSnapshot(`
"add table inet arcbox_12345678
delete table inet arcbox_12345678
table inet arcbox_12345678 {
  set bridges {
    comment "bridges of this engine"
    type ifname
    elements = {
      "abx-aaaaaaaaaaa" comment "app"
    }
  }

  set internal {
    comment "those of them that have no way out"
    type ifname
    elements = {
      "abx-aaaaaaaaaaa" comment "app"
    }
  }

  set within {
    comment "from a bridge to itself"
    type ifname . ifname
    elements = {
      "abx-aaaaaaaaaaa" . "abx-aaaaaaaaaaa" comment "app"
    }
  }

  set subnets4 {
    comment "addresses of containers"
    type ipv4_addr; flags interval
    elements = {
      172.18.0.0/16 comment "app"
    }
  }

  set subnets6 {
    comment "the same, of IPv6"
    type ipv6_addr; flags interval
    elements = {
      fd00::/64 comment "app"
    }
  }

  map ports4 {
    comment "ports published on every address of the host"
    type inet_proto . inet_service : ipv4_addr . inet_service
    elements = {
      tcp . 8080 comment "web" : 172.18.0.2 . 80
    }
  }

  map ports4_on {
    comment "ports published on one address of the host"
    type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service
    elements = {
      127.0.0.1 . udp . 53 comment "web" : 172.18.0.2 . 53
    }
  }

  map ports6 {
    comment "ports published on every address of the host"
    type inet_proto . inet_service : ipv6_addr . inet_service
  }

  map ports6_on {
    comment "ports published on one address of the host"
    type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service
  }

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
}
"
`);
  });

  it('is changed by the element', () => {
    const elements = portElements(sandbox);
    expect(renderAdd('t', elements)).toMatchInlineSnapshot(`
"add element inet t ports4 { tcp . 8080 comment "web" : 172.18.0.2 . 80 }
add element inet t ports4_on { 127.0.0.1 . udp . 53 comment "web" : 172.18.0.2 . 53 }
"
`);
    expect(renderDelete('t', elements)).toMatchInlineSnapshot(`
"delete element inet t ports4 { tcp . 8080 }
delete element inet t ports4_on { 127.0.0.1 . udp . 53 }
"
`);
    expect(renderAdd('t', [])).toBe('');
  });
});
