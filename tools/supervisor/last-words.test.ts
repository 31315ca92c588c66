import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { temporaryRoot } from '@arcbox/testing';

import { lastWords } from './last-words.ts';

it('finds the fatal line of a worker and of nats-server, of this run only', async () => {
  await using root = temporaryRoot();
  const log = join(root.path, 'x.log');
  const before = '{"level":60,"msg":"an earlier reason"}\n';
  writeFileSync(log, `${before}{"level":30,"msg":"started"}\nno json\n`);
  expect(lastWords(log, 0)).toBe('an earlier reason');
  expect(lastWords(log, before.length)).toBeUndefined();
  writeFileSync(log, `${before}{"level":60,"msg":"address already in use"}\n{"level":30,"msg":"bye"}\n`);
  expect(lastWords(log, before.length)).toBe('address already in use');
  writeFileSync(log, '[12] 2026/01/01 00:00:00.000000 [FTL] Can not start JetStream\n');
  expect(lastWords(log, 0)).toBe('Can not start JetStream');
  expect(lastWords(join(root.path, 'none'), 0)).toBeUndefined();
});
