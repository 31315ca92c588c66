import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { readOutputs } from './outputs.ts';

it('what was written is read also by one who had no processor for longer than the silence lasts', async () => {
  const child = spawn('busybox', ['echo', 'said'], { stdio: ['ignore', 'pipe', 'ignore'] });
  child.stdout.on('readable', () => {});
  await once(child, 'exit');
  const outputs = readOutputs([{ stream: 'stdout', from: child.stdout }], Promise.resolve());
  const first = outputs.next();
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  const until = performance.now() + 300;
  while (performance.now() < until);
  const { value } = await first;
  expect(value?.bytes.toString()).toBe('said\n');
  await outputs.return();
  await setImmediate();
});
