import { silentLogger } from '@arcbox/log';
import { eventually } from '@arcbox/testing';
import type { Ground } from './ground.ts';
import { startWatch } from './watch.ts';

it('the watch goes on when no lease can be had, as on a full disk', async () => {
  let asked = 0;
  const tryHold = (): never => {
    asked++;
    throw new Error('database or disk is full');
  };
  await using _watch = startWatch({ store: { leases: { tryHold } }, log: silentLogger } as unknown as Ground, 1);
  await eventually(() => expect(asked).toBeGreaterThan(2));
});
