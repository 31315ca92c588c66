import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeIf } from '@arcbox/testing';
import { hello } from '../engine.ts';
import { patience, times } from '../long.ts';
import { oneEngine } from '../one-engine.ts';
import { watchMemory } from '../resident-memory.ts';
import { startCommand } from '../started-command.ts';

const mebibyte = 1024 * 1024;
const size = times(128, 512);

/** Less than the output, so that who keeps it in memory is noticed; more than heaps breathe. */
const allowance = 80 * mebibyte;

/** The same mebibyte is made here and in the container. */
const line = '0123456789abcdef'.repeat(32);
const block = Buffer.from(`${line}\n`.repeat(mebibyte / line.length)).subarray(0, mebibyte);
const script = [
  `yes ${line} | head -c ${mebibyte} > /tmp/block`,
  'echo ready; read go',
  `for i in $(seq ${size}); do cat /tmp/block; done`,
].join('\n');

describeIf(['root', 'overlay', 'runc', 'conmon', 'socat', 'nats-server'], 'a reader that sleeps', () => {
  const engine = oneEngine();

  it(
    'gets all the output, and no process keeps it in memory',
    async () => {
      const expected = createHash('sha256');
      for (let part = 0; part < size; part++) expected.update(block);
      using run = startCommand(engine(), 'run', '-i', '--name', 'loud', hello, 'sh', '-c', script);
      expect(String(await once(run.child.stdout, 'data'))).toBe('ready\n');
      run.child.stdout.pause();
      using memory = watchMemory(engine(), { arcbox: run.child.pid ?? 0 });
      run.child.stdin.end('go\n');
      // In the meantime most of it is written, and the log rotated.
      await sleep(5_000);
      const hash = createHash('sha256');
      await pipeline(run.child.stdout, hash);
      expect(await run.exit).toBe(0);
      expect(hash.digest('hex')).toBe(expected.digest('hex'));
      const large = [...memory.growth].filter(([, bytes]) => bytes > allowance);
      expect(large).toEqual([]);
    },
    patience,
  );
});
