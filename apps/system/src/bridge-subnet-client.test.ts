import { unavailable } from '@arcbox/errors';
import type { Clients } from '@arcbox/rpc';
import { ClientError, Status } from 'nice-grpc-common';
import { findBridgeSubnet } from './bridge-subnet-client.ts';

/** Stubs whose every network is inspected so. */
const clientsThat = (inspect: () => Promise<unknown>): Clients => ({ of: () => Promise.resolve({ inspect }) }) as unknown as Clients;

describe('the subnet of the default network', () => {
  it('is its first of IPv4', async () => {
    const subnets = [{ subnet: 'fd00::/64' }, { subnet: '10.1.0.0/16' }];
    expect(await findBridgeSubnet(clientsThat(() => Promise.resolve({ ipam: { subnets } })))).toBe('10.1.0.0/16');
  });

  it.each([Status.UNAVAILABLE, Status.DEADLINE_EXCEEDED])('is not said to be none by one that answers with status %d', async (code) => {
    await expect(findBridgeSubnet(clientsThat(() => Promise.reject(new ClientError('/x', code, 'away'))))).rejects.toThrow('away');
  });

  it('is not said to be none where nobody is', async () => {
    const nobody = { of: () => Promise.reject(unavailable('no networks worker is running')) } as unknown as Clients;
    await expect(findBridgeSubnet(nobody)).rejects.toThrow('no networks worker is running');
  });

  it('is none where there is no such network', async () => {
    expect(await findBridgeSubnet(clientsThat(() => Promise.reject(new ClientError('/x', Status.NOT_FOUND, 'no such network'))))).toBeUndefined();
  });
});
