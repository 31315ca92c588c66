import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CreateRequest, DeepPartial } from '@arcbox/proto/arcbox/engine/v1/container';
import { openStore } from '@arcbox/store';
import { describeIf, eventually } from '@arcbox/testing';
import type { Container } from '../src/record/container.ts';
import { startWorkerWith } from '../src/worker.ts';
import { historyOf, needs, type Replica, startEngine, type TestEngine } from './engine.ts';

/** Starts a container of this name with a restart policy. */
async function start({ engine, containers }: TestEngine, name: string, policy: string, more: DeepPartial<CreateRequest> = {}): Promise<string> {
  const { id } = await engine.create({
    container: { image: 'busybox', name, cmd: ['sleep', '1000'], ...more.container },
    options: { restartPolicy: { name: policy }, ...more.options },
  });
  await containers.start({ id });
  return id;
}

const order = (number: number): { labels: Record<string, string> } => ({ labels: { 'dev.arcbox.start-order': String(number) } });

/** All processes and the files of the time since the boot are gone; then a worker starts on a host with another boot id. */
async function reboot({ worker, root }: TestEngine): Promise<void> {
  await worker[Symbol.asyncDispose]();
  using store = openStore(join(root.path, 'containers/state.db'));
  for (const { status } of store.collection<Container>('containers').all()) {
    for (const identity of [status.process?.monitor, status.process?.identity]) kill(identity);
  }
  for (const place of ['containers', 'runc', 'exits']) rmSync(join(root.path, 'run', place), { recursive: true, force: true });
}

function kill(identity: string | undefined): void {
  if (identity !== undefined) process.kill(Number(identity.split('.')[0]), 'SIGKILL');
}

async function statesOf({ containers }: Replica): Promise<Record<string, string>> {
  const { containers: all } = await containers.list({ all: true });
  return Object.fromEntries(all.map(({ names, state }) => [names[0]?.slice(1) ?? '', state]));
}

describeIf(needs, 'after a restart of the host', () => {
  it('runs what ran, and with always also what somebody had stopped', async () => {
    await using engine = await startEngine();
    await start(engine, 'ran', 'always');
    await start(engine, 'ran-too', 'unless-stopped');
    await start(engine, 'failed', 'on-failure');
    await start(engine, 'plain', 'no');
    for (const name of ['always', 'unless-stopped', 'on-failure']) {
      await engine.engine.stop({ id: await start(engine, `stopped-${name}`, name), timeoutSeconds: 0 });
    }
    await engine.engine.create({ container: { image: 'busybox', name: 'never-ran', cmd: ['true'] }, options: { restartPolicy: { name: 'always' } } });
    await reboot(engine);
    const next = await engine.replica('1', startWorkerWith({ bootId: 'another' }));
    const expected = {
      ran: 'running',
      'ran-too': 'running',
      failed: 'running',
      plain: 'exited',
      'stopped-always': 'running',
      'stopped-unless-stopped': 'exited',
      'stopped-on-failure': 'exited',
      'never-ran': 'created',
    };
    await eventually(async () => expect(await statesOf(next)).toEqual(expected));
    expect((await next.containers.inspect({ id: 'plain' })).state).toMatchObject({ exitCode: 255 });
    const again = await eventually(async () => {
      const starts = (await historyOf(next)).filter(({ action, actor }) => action === 'start' && actor?.attributes['sinceBoot']);
      expect(starts).toHaveLength(4);
      return starts.map(({ actor }) => `${actor?.attributes['name']} ${actor?.attributes['restartPolicy']}`).sort();
    });
    expect(again).toEqual(['failed on-failure', 'ran always', 'ran-too unless-stopped', 'stopped-always always']);
  });

  it('is told from a restart of the worker', async () => {
    await using engine = await startEngine();
    const id = await start(engine, 'stopped', 'always');
    await engine.engine.stop({ id, timeoutSeconds: 0 });
    await engine.worker[Symbol.asyncDispose]();
    const next = await engine.replica('1');
    await start({ ...engine, ...next }, 'other', 'always');
    await sleep(300);
    expect(await statesOf(next)).toEqual({ stopped: 'exited', other: 'running' });
  });

  it('starts them in the order of their labels, each when the earlier ones run and are healthy', async () => {
    await using engine = await startEngine();
    const test = ['CMD-SHELL', 'test -e /tmp/ready'];
    const healthCheck = { test, intervalNanos: 50_000_000n, retries: 1000 };
    const slow = ['sh', '-c', 'rm -f /tmp/ready; sleep 0.5; touch /tmp/ready; sleep 1000'];
    await start(engine, 'third', 'always', { container: order(7) });
    await start(engine, 'second', 'always', { container: { ...order(5), cmd: slow }, options: { healthCheck } });
    await start(engine, 'first', 'always', { container: order(-1) });
    await reboot(engine);
    const next = await engine.replica('1', startWorkerWith({ bootId: 'another' }));
    await eventually(async () => expect(await statesOf(next)).toEqual({ first: 'running', second: 'running', third: 'running' }));
    const told = await eventually(async () => {
      const events = (await historyOf(next)).map(({ action, actor }) => `${actor?.attributes['name']} ${action}`);
      const since = events.slice(events.findLastIndex((event) => event.endsWith(' die')) + 1);
      expect(since).toContain('third start');
      return since;
    });
    expect(told).toEqual(['first start', 'second start', 'second health_status', 'third start']);
  });
});
