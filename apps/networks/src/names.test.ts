import { renderNames } from './names.ts';
import type { Network } from './network.ts';
import type { Sandbox } from './sandbox.ts';

describe('the file of the name server', () => {
  it('has the gateways, then a line for each container', () => {
    const network = { id: 'n', subnets: [{ gateway: '10.1.0.1' }, { gateway: 'fd00::1' }] } as unknown as Network;
    const addresses = [
      { family: 4, address: '10.1.0.2' },
      { family: 6, address: 'fd00::2' },
    ];
    const member = {
      id: 'c'.repeat(64),
      name: 'db-1',
      endpoints: [{ networkId: 'n', addresses, aliases: ['db', 'db-1'] }],
    } as unknown as Sandbox;
    expect(renderNames(network, [member])).toBe(
      `10.1.0.1,fd00::1\n${'c'.repeat(64)} 10.1.0.2 fd00::2 db-1,db,cccccccccccc\n`,
    );
  });
});
