import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describeIf } from '@arcbox/testing';
import { hello } from '../engine.ts';
import { oneEngine } from '../one-engine.ts';
import { startCommand } from '../started-command.ts';

const lines = 5_000;
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** Numbered lines of 8 KiB, several files of 10 MiB, with pauses in which files are changed. */
const rotating = [
  'pad=$(head -c 8000 /dev/zero | tr "\\0" x)',
  `for i in $(seq ${lines}); do echo $i $pad; [ $((i % 500)) -eq 0 ] && sleep 0.5; done; exit 4`,
].join('\n');

describeIf(['root', 'overlay', 'runc', 'conmon', 'nats-server'], 'logs', () => {
  const engine = oneEngine();

  it('are followed through rotations without loss or repeat, and end with the container', async () => {
    const id = await engine().ok('run', '-d', '--name', 'rotating', hello, 'sh', '-c', rotating);
    using follow = startCommand(engine(), 'logs', '-f', 'rotating');
    const seen: number[] = [];
    for await (const line of createInterface(follow.child.stdout)) seen.push(Number.parseInt(line, 10));
    expect(await follow.exit).toBe(0);
    expect(seen).toEqual(numbers(1, lines));
    expect(await engine().ok('wait', id)).toBe('4');

    const files = readdirSync(join(engine().root, 'containers'), { recursive: true, encoding: 'utf8' });
    expect(files.filter((file) => file.includes(id) && /log\.1$/.test(file))).toHaveLength(1);

    // What is kept is the newest, without a gap.
    const kept = (await engine().ok('logs', 'rotating')).split('\n').map((line) => Number.parseInt(line, 10));
    expect(kept).toEqual(numbers(lines - kept.length + 1, lines));
  });

  it('have fewer lines than asked for, and end where the container has ended', async () => {
    await engine().ok('run', '--name', 'short', hello, 'seq', '20');
    const all = numbers(1, 20).join('\n');
    for (const how of [['--tail', '1000'], ['-f'], ['-f', '--tail', '1000'], ['-f', '--tail', 'all']]) {
      expect(await engine().ok('logs', ...how, 'short')).toBe(all);
    }
    expect(await engine().ok('logs', '-f', '--tail', '3', 'short')).toBe('18\n19\n20');
    expect(await engine().ok('logs', '-f', '--tail', '0', 'short')).toBe('');
  });
});
