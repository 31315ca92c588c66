import { formatCidr, parseCidr } from './cidr.ts';
import { planSubnets } from './plan-subnets.ts';
import { parseRoutes } from './routes.ts';
import { chooseSubnet } from './subnet-pool.ts';

const nowhere = { node: 'node', networks: [], routes: [], resolvers: [] };

function taken(...texts: string[]) {
  return texts.flatMap((text) => parseCidr(text) ?? []);
}

describe('subnets of new networks', () => {
  it('come from the pools in order, around what is taken', () => {
    expect(formatCidr(chooseSubnet(4, [], 'node'))).toBe('172.17.0.0/16');
    expect(formatCidr(chooseSubnet(4, taken('172.17.3.0/24', '172.18.0.0/15'), 'node'))).toBe('172.20.0.0/16');
    expect(formatCidr(chooseSubnet(4, taken('172.16.0.0/12'), 'node'))).toBe('192.168.0.0/20');
    expect(() => chooseSubnet(4, taken('172.16.0.0/12', '192.168.0.0/16'), 'node')).toThrow('address pools');
  });

  it('leave the resolvers of the host alone', () => {
    expect(planSubnets([], [4], { ...nowhere, resolvers: ['172.17.9.9', 'fd00::1'] }).subnets[0]?.subnet).toBe('172.18.0.0/16');
  });

  it('of IPv6 are the node’s own', () => {
    const [mine, yours] = [chooseSubnet(6, [], 'mine'), chooseSubnet(6, [], 'yours')];
    expect(formatCidr(mine)).toMatch(/^fd[0-9a-f]{2}:[0-9a-f:]+::\/64$/);
    expect(formatCidr(mine)).not.toBe(formatCidr(yours));
    expect(chooseSubnet(6, [mine], 'mine').base).toBe(mine.base + (1n << 64n));
  });

  it('warn of a wider route of the host, and keep clear of it when they may choose', () => {
    const routes = parseRoutes(
      JSON.stringify([
        { dst: 'default', dev: 'eth0', gateway: '192.0.2.1' },
        { dst: '0.0.0.0/1', dev: 'tun0' },
        { dst: '172.16.0.0/12', dev: 'eth1', gateway: '192.0.2.9' },
        { dst: '192.0.2.2', dev: 'eth0', type: 'local' },
      ]),
    );
    expect(routes.map(({ destination }) => formatCidr(destination))).toEqual(['172.16.0.0/12', '192.0.2.2/32']);
    const wanted = [{ subnet: '172.20.0.0/16', gateway: '', range: '' }];
    expect(planSubnets(wanted, [4], { ...nowhere, routes }).warnings).toEqual([
      'subnet 172.20.0.0/16 overlaps the route of this host to 172.16.0.0/12 by eth1: the host no longer reaches that part of it',
    ]);
    expect(planSubnets([], [4], { ...nowhere, routes }).subnets[0]?.subnet).toBe('192.168.0.0/20');
  });

  it('may be named for one family and chosen for the other', () => {
    const { subnets } = planSubnets([{ subnet: 'fd12:3::/64', gateway: 'fd12:3::ff', range: '' }], [4, 6], nowhere);
    expect(subnets).toMatchObject([
      { family: 4, gateway: '172.17.0.1' },
      { family: 6, gateway: 'fd12:3::ff' },
    ]);
  });

  it('are of IPv6 alone where there is to be no IPv4', () => {
    expect(planSubnets([], [6], nowhere).subnets).toMatchObject([{ family: 6 }]);
    const wanted = [{ subnet: '10.1.0.0/16', gateway: '', range: '' }];
    expect(() => planSubnets(wanted, [6], nowhere)).toThrow('subnet 10.1.0.0/16 cannot be on a network without IPv4');
  });

  it.each(['::/64', '::ffff:10.9.0.0/120', 'fe80::/64', 'ff02::/64', '0.0.0.0/8', '240.0.0.0/8'])('are no block with a meaning of its own: %s', (subnet) => {
    expect(() => planSubnets([{ subnet, gateway: '', range: '' }], [4, 6], nowhere)).toThrow('cannot be used for a network');
  });

  it('are one a family', () => {
    const wanted = ['10.1.0.0/16', '10.2.0.0/16'].map((subnet) => ({ subnet, gateway: '', range: '' }));
    expect(() => planSubnets(wanted, [4], nowhere)).toThrow('a network has one IPv4 subnet');
  });
});
