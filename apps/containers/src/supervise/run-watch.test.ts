import { silentLogger } from '@arcbox/log';
import { allOf, type RunWatch } from './run-watch.ts';

it('one who looks after containers and fails does not keep the others from it', () => {
  const calls: string[] = [];
  const fail = (): never => {
    throw new Error('ENOSPC: System limit for number of file watchers reached');
  };
  const failing: RunWatch = { began: fail, look: fail };
  const working: RunWatch = { began: (id) => calls.push(`began ${id}`), look: (running) => calls.push(`look ${running.length}`) };
  const all = allOf([failing, working], silentLogger);
  all.began('a');
  all.look([]);
  expect(calls).toEqual(['began a', 'look 0']);
});
