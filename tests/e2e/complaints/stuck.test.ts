import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { SystemServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { describeIf } from '@arcbox/testing';
import { hello } from '../engine.ts';
import { times } from '../long.ts';
import { oneEngine } from '../one-engine.ts';

const stubborn = ['sh', '-c', 'trap "" TERM; while :; do sleep 1; done'];

describeIf(['root', 'overlay', 'runc', 'conmon', 'nats-server'], 'a container that does not end', () => {
  const engine = oneEngine();

  /** Everything that others ask for is answered before `stopping` is done. */
  async function expectOthersUnhindered(stopping: Promise<unknown>): Promise<void> {
    const done = stopping.then(() => 'first it stopped');
    for (let round = 0; round < times(1, 2); round++) {
      const questions = [
        ['ps', '-aq'],
        ['ps', '-a', '--size'],
        ['inspect', 'other'],
        ['inspect', 'stuck'],
        ['logs', 'other'],
        ['info'],
        ['network', 'inspect', 'bridge'],
      ];
      const answers = Promise.all(questions.map((question) => engine().ok(...question))).then(() => 'answered');
      expect(await Promise.race([answers, done])).toBe('answered');
    }
    const life = engine().ok('run', '--rm', '--label', 'of=another', hello, 'true').then(() => 'lived');
    expect(await Promise.race([life, done])).toBe('lived');
    const events = engine().client(SystemServiceDefinition).events({ since: 1n, filters: { label: 'of=another', event: 'destroy' } });
    const heard = (async () => {
      for await (const { action } of events) return action;
      return 'nothing';
    })();
    expect(await Promise.race([heard, done])).toBe('destroy');
  }

  beforeAll(async () => void (await engine().ok('run', '-d', '--name', 'other', hello, 'sleep', '600')));

  it('because it ignores the signal hinders nobody', async () => {
    await engine().ok('run', '-d', '--name', 'stuck', hello, ...stubborn);
    const stopping = engine().ok('stop', '-t', '8', 'stuck');
    await sleep(300);
    await expectOthersUnhindered(stopping);
    await stopping;
    expect(await engine().ok('wait', 'stuck')).toBe('137');
    await engine().ok('rm', 'stuck');
  });

  it('because it is paused hinders nobody, and is stopped all the same', async () => {
    await engine().ok('run', '-d', '--name', 'stuck', hello, ...stubborn);
    await engine().ok('pause', 'stuck');
    expect(await engine().ok('ps', '--filter', 'name=stuck', '--format', '{{.Status}}')).toMatch(/\(Paused\)$/);
    const stopping = engine().ok('stop', '-t', '8', 'stuck');
    await sleep(300);
    await expectOthersUnhindered(stopping);
    await stopping;
    expect(await engine().ok('wait', 'stuck')).toBe('137');
    await engine().ok('rm', 'stuck');
  });

  it('because its monitor hangs hinders nobody, and can be removed', async () => {
    const id = await engine().ok('run', '-d', '--name', 'stuck', hello, 'sleep', '600');
    process.kill(monitorOf(id), 'SIGSTOP');
    process.kill(Number(await engine().ok('inspect', '--format', '{{.State.Pid}}', id)), 'SIGKILL');
    const waiting = engine().ok('wait', id);
    await expectOthersUnhindered(waiting);
    await engine().ok('rm', '-f', 'stuck');
    expect(await waiting).toBe('137');
    expect(await engine().ok('ps', '-aq', '--filter', 'name=stuck')).toBe('');
  });
});

/** Process id of the conmon of a container. */
function monitorOf(id: string): number {
  const found = readdirSync('/proc').find((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8');
      return /(^|\/)conmon\0/.test(command) && command.includes(id);
    } catch {
      return false;
    }
  });
  if (!found) throw new Error(`no conmon of ${id}`);
  return Number(found);
}
