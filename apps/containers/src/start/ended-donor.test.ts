import type { Container } from '../record/container.ts';
import type { Containers } from '../record/containers.ts';
import { connect, type NetworkDeps } from './network.ts';
import { surround, type SurroundDeps } from './surround.ts';

/** It has ended, nobody has written that down, and its pid is somebody else's: ours. */
const donor = {
  id: 'd'.repeat(64),
  name: 'donor',
  config: { namespaces: { ipcMode: 'shareable' } },
  status: { state: 'running', process: { pid: process.pid, identity: `${process.pid}.1`, monitor: '' } },
} as unknown as Container;

const containers = { find: () => donor } as unknown as Containers;
const places = { home: () => '/nowhere' };

describe('a container that has ended', () => {
  it.each(['ipcMode', 'pidMode'])('has no namespace to join: %s', (mode) => {
    const config = { namespaces: { [mode]: `container:${donor.id}` }, mounts: [] };
    const starting = { id: 'a'.repeat(64), config } as unknown as Container;
    expect(() => surround({ containers, places } as unknown as SurroundDeps, starting)).toThrow('that is not running: donor');
  });

  it('has no network to join', async () => {
    const starting = { id: 'a'.repeat(64), config: { network: { kind: 'container', id: donor.id } } } as unknown as Container;
    const connecting = connect({ containers, places } as unknown as NetworkDeps, starting);
    await expect(connecting).rejects.toThrow('cannot join the network of container donor: it is not running');
  });
});
