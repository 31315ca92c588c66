import { isSameNetwork } from '../plan/same-network.ts';
import type { Json } from './json.ts';
import { isPredefined, toNetworkOrder } from './network.ts';
import { toNetworkRequest } from './order-wire.ts';

const network = (more: Json = {}): Json => ({
  Name: 'back',
  Id: 'x',
  Driver: 'bridge',
  Scope: 'local',
  EnableIPv6: false,
  IPAM: { Driver: 'default', Options: null, Config: [{ Subnet: '10.1.0.0/16', Gateway: '10.1.0.1', IPRange: '10.1.5.0/24' }] },
  ConfigFrom: { Network: '' },
  Options: {},
  Labels: { a: 'b' },
  ...more,
});

describe('a network', () => {
  it('keeps its addresses and labels', () => {
    expect(toNetworkOrder(network({ Internal: true }))).toEqual({
      order: { name: 'back', internal: true, ipv6: false, labels: { a: 'b' }, subnets: [{ subnet: '10.1.0.0/16', gateway: '10.1.0.1', range: '10.1.5.0/24' }] },
      lost: [],
    });
  });

  it('has one subnet of a family, and of IPv6 only where that is on', () => {
    const IPAM = { Config: [{ Subnet: '10.1.0.0/16' }, { Subnet: 'fd00:1::/64', Gateway: 'fd00:1::1/64' }, { Subnet: '10.2.0.0/16' }] };
    expect(toNetworkOrder(network({ IPAM, EnableIPv6: true }))).toMatchObject({
      order: { ipv6: true, subnets: [{ subnet: '10.1.0.0/16' }, { subnet: 'fd00:1::/64', gateway: 'fd00:1::1' }] },
      lost: [expect.stringContaining('10.2.0.0/16')],
    });
    expect(toNetworkOrder(network({ IPAM }))).toMatchObject({ order: { subnets: [{}] }, lost: [expect.stringContaining('10.2'), expect.stringContaining('fd00:1::')] });
  });

  it('is of IPv6 alone where it was', () => {
    const alone = toNetworkOrder(network({ IPAM: { Config: [{ Subnet: 'fd00:1::/64' }] }, EnableIPv6: true, EnableIPv4: false }));
    expect(alone).toEqual({
      order: { name: 'back', internal: false, ipv6: true, withoutIPv4: true, labels: { a: 'b' }, subnets: [{ subnet: 'fd00:1::/64', gateway: '', range: '' }] },
      lost: [],
    });
    // podman does not say so.
    expect(toNetworkOrder(network({ IPAM: { Config: [{ Subnet: 'fd00:1::/64' }] }, EnableIPv6: true }))).toEqual(alone);
    expect(toNetworkRequest(alone.order).ipam?.options).toEqual({ 'com.docker.network.enable_ipv4': 'false' });
    expect(isSameNetwork(alone.order, alone.order)).toBe(true);
    expect(isSameNetwork({ ...alone.order, withoutIPv4: undefined }, alone.order)).toBe(false);
  });

  it('tells each option that is not here', () => {
    const Options = { 'com.docker.network.bridge.name': 'br9', 'com.docker.network.bridge.enable_icc': 'true', 'com.docker.network.driver.mtu': '1400' };
    const IPAM = { Driver: 'dhcp', Options: { driver: 'host-local', x: 'y' }, Config: [{ Subnet: '10.1.0.0/16', AuxiliaryAddresses: { router: '10.1.0.9' } }] };
    expect(toNetworkOrder(network({ Options, IPAM, Attachable: true, EnableIPv4: false, Later: 'x' })).lost).toEqual([
      'option com.docker.network.bridge.name=br9',
      'option com.docker.network.driver.mtu=1400',
      'driver of addresses dhcp: here it is the usual one',
      'option of addresses x=y',
      'address 10.1.0.9 is kept for router',
      expect.stringContaining('attachable'),
      'without IPv4 and IPv6: here it has IPv4',
      'Later: x',
    ]);
  });

  it('cannot be brought over when it is of another kind', () => {
    expect(toNetworkOrder(network({ Driver: 'macvlan' })).unsupported).toBe('its driver is macvlan');
    expect(toNetworkOrder(network({ Driver: 'overlay', Scope: 'swarm' })).unsupported).toBe('it belongs to a swarm');
    expect(toNetworkOrder(network({ ConfigOnly: true })).unsupported).toBe('it is a configuration for others');
    for (const Name of ['my net/a', 'n'.repeat(129), 'default']) expect(toNetworkOrder(network({ Name })).unsupported).toBe('no network can have that name here');
    expect(toNetworkOrder(network({ Name: 'n'.repeat(128) }))).not.toHaveProperty('unsupported');
    expect(toNetworkOrder(network())).not.toHaveProperty('unsupported');
  });

  it('is nothing to bring over where every engine has it', () => {
    const names = ['bridge', 'host', 'none', 'podman', 'back'];
    expect(names.map((Name) => isPredefined({ Name, Driver: 'bridge' }, 'podman'))).toEqual([true, true, true, true, false]);
    expect(isPredefined({ Name: 'podman', Driver: 'bridge' }, 'docker')).toBe(false);
    expect(isPredefined({ Name: 'x', Driver: 'null' }, 'docker')).toBe(true);
  });
});
