import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeIf, eventually } from '@arcbox/testing';
import { type Engine, hello } from './engine.ts';
import { usually } from './long.ts';
import { oneEngine } from './one-engine.ts';

const script = 'i=0; while [ $i -lt 40 ]; do i=$((i+1)); echo line $i; sleep 0.1; done; exit 7';
const lines = Array.from({ length: 40 }, (_, i) => `line ${i + 1}`).join('\n');

async function dieEvents(engine: Engine, id: string): Promise<string[]> {
  const history = await engine.ok('events', '--since', '1h', '--until', '0s', '--filter', `container=${id}`, '--format', '{{.Action}} {{index .Actor.Attributes "exitCode"}}');
  return history.split('\n').filter((line) => line.startsWith('die'));
}

describeIf(['root', 'overlay', 'runc', 'conmon', 'nats-server'], 'kill -9 in the middle of a run', () => {
  const theEngine = oneEngine();

  it.each(usually(['containers-0', 'nats-0'], ['containers-0', 'images-0', 'networks-0', 'system-0', 'gateway-0', 'nats-0']))(
    'of %s leaves the container, its log and its one death intact',
    async (victim) => {
      const engine = theEngine();
      const id = await engine.ok('run', '-d', hello, 'sh', '-c', script);
      const before = Number(await engine.ok('inspect', '--format', '{{.State.Pid}}', id));
      const victimPid = engine.pid(victim);
      await sleep(500);
      engine.kill(victim);
      await eventually(() => expect(engine.pid(victim)).not.toBe(victimPid));
      expect(process.kill(before, 0)).toBe(true);
      await eventually(async () => expect(await engine.ok('wait', id)).toBe('7'));
      expect(await engine.ok('logs', id)).toBe(lines);
      await eventually(async () => expect(await dieEvents(engine, id)).toEqual(['die 7']));
    },
  );

  it('of everything at once, the exit happening while nobody is there', async () => {
    const engine = theEngine();
    const id = await engine.ok('run', '-d', hello, 'sh', '-c', 'sleep 2; echo last words; exit 3');
    await engine.stop();
    await sleep(2_500);
    await engine.start();
    expect(await engine.ok('wait', id)).toBe('3');
    expect(await engine.ok('logs', id)).toBe('last words');
    await eventually(async () => expect(await dieEvents(engine, id)).toEqual(['die 3']));
  });

  it('of a worker in a foreground run does not end the container', async () => {
    const engine = theEngine();
    const id = await engine.ok('run', '-d', hello, 'sleep', '600');
    for (const worker of ['containers-0', 'gateway-0']) engine.kill(worker);
    await eventually(async () => expect(await engine.ok('ps', '-q', '--no-trunc')).toBe(id));
    expect(execFileSync('ps', ['-o', 'args=', '-p', await engine.ok('inspect', '--format', '{{.State.Pid}}', id)], { encoding: 'utf8' }).trim()).toBe('sleep 600');
  });
});
