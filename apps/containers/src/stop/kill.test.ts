import type { Container } from '../record/container.ts';
import type { Containers } from '../record/containers.ts';
import { killContainer } from './kill.ts';

it('a kill that is refused leaves the restart policy of a container that has ended as it was', async () => {
  const ended = { id: 'a', name: 'ended', config: {}, status: { state: 'exited' } } as unknown as Container;
  let changes = 0;
  const containers = { find: () => ended, transition: () => void changes++ } as unknown as Containers;
  await expect(killContainer(containers, 'ended', '')).rejects.toThrow('container ended is not running');
  expect(changes).toBe(0);
});
