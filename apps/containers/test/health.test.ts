import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { status as Status } from '@grpc/grpc-js';
import type { CreateOptions } from '@arcbox/proto/arcbox/engine/v1/container';
import { openStore } from '@arcbox/store';
import { describeIf, eventually } from '@arcbox/testing';
import type { HealthRecord } from '../src/health/healths.ts';
import { imageConfig } from './fake-peers.ts';
import { historyOf, needs, startEngine, type TestEngine } from './engine.ts';

type Check = NonNullable<CreateOptions['healthCheck']>;

const milliseconds = (count: number): bigint => BigInt(count) * 1_000_000n;

/** Starts a container with a check every 30 ms. */
async function start({ engine, containers }: TestEngine, script: string, healthCheck: Partial<Check>, cmd = ['sleep', '1000']): Promise<string> {
  const test = ['CMD-SHELL', script];
  const check = { test, intervalNanos: milliseconds(30), ...healthCheck };
  const { id } = await engine.create({ container: { image: 'busybox', cmd }, options: { healthCheck: check } });
  await containers.start({ id });
  return id;
}

/** What is kept of the checks of a container. */
function found({ root }: TestEngine, id: string): HealthRecord | undefined {
  using store = openStore(join(root.path, 'containers/state.db'));
  return store.collection<HealthRecord>('healths').get(id);
}

async function statusOf({ containers }: Pick<TestEngine, 'containers'>, id: string): Promise<string> {
  const { containers: [container] } = await containers.list({ all: true, filters: JSON.stringify({ id: [id] }) });
  return container?.status ?? 'gone';
}

const becomes = (engine: Pick<TestEngine, 'containers'>, id: string, text: RegExp): Promise<void> =>
  eventually(async () => expect(await statusOf(engine, id)).toMatch(text));

async function healthEvents(engine: TestEngine, id: string): Promise<(string | undefined)[]> {
  const events = (await historyOf(engine)).filter(({ actor, action }) => actor?.id === id && action === 'health_status');
  return events.map(({ actor }) => actor?.attributes['health_status']);
}

async function exec({ engine }: TestEngine, containerId: string, script: string): Promise<void> {
  const process = { containerId, cmd: ['sh', '-c', script] };
  for await (const { message } of engine.exec(once({ message: { $case: 'process' as const, value: process } }))) {
    if (message?.$case === 'exitCode') expect(message.value).toBe(0);
  }
}

async function* once<T>(item: T): AsyncGenerator<T, void, undefined> {
  yield item;
}

/** Processes of the machine with exactly these arguments. */
const processesOf = (...args: string[]): string[] =>
  readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8') === `${args.join('\0')}\0`;
    } catch {
      return false;
    }
  });

let nextNumber = 0;

/** Seconds that no other test sleeps. */
const unusual = (): string => `${100_000 + process.pid + nextNumber++}.25`;

describeIf(needs, 'health checks', () => {
  it('tell when a container becomes healthy and unhealthy, once each time', async () => {
    await using engine = await startEngine();
    const id = await start(engine, 'echo looked; test -e /ok', { retries: 2 });
    expect(await statusOf(engine, id)).toMatch(/^Up .* \(health: starting\)$|\(unhealthy\)$/);
    await becomes(engine, id, / \(unhealthy\)$/);
    await exec(engine, id, 'touch /ok');
    await becomes(engine, id, / \(healthy\)$/);
    await eventually(() => expect(found(engine, id)?.log.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0, 0]));
    expect(found(engine, id)).toMatchObject({ failingStreak: 0 });
    expect(found(engine, id)?.log[0]?.output).toBe('looked\n');
    await exec(engine, id, 'rm /ok');
    await becomes(engine, id, / \(unhealthy\)$/);
    expect(found(engine, id)?.failingStreak).toBeGreaterThanOrEqual(2);
    await eventually(async () => expect(await healthEvents(engine, id)).toEqual(['unhealthy', 'healthy', 'unhealthy']));
    const last = (await historyOf(engine)).findLast(({ action }) => action === 'health_status');
    expect(last?.actor?.attributes).toMatchObject({ failingStreak: '2', checkExitCode: '1', checkOutput: 'looked' });
    const named = async (value: string): Promise<number> =>
      (await engine.containers.list({ filters: JSON.stringify({ health: [value] }) })).containers.length;
    expect([await named('unhealthy'), await named('healthy'), await named('none')]).toEqual([1, 0, 0]);
    const actions = (await historyOf(engine)).map(({ action }) => action);
    expect(actions.filter((action) => action === 'exec_start')).toHaveLength(2);
  });

  it('end with the run and begin anew with the next', async () => {
    await using engine = await startEngine();
    const { containers } = engine;
    const id = await start(engine, 'true', {});
    await becomes(engine, id, /\(healthy\)$/);
    await engine.engine.stop({ id, timeoutSeconds: 0 });
    expect((await containers.list({ all: true, filters: '{"health":["unhealthy"]}' })).containers).toHaveLength(1);
    const before = found(engine, id)?.log.at(-1)?.end ?? '';
    await sleep(200);
    expect(found(engine, id)?.log.at(-1)?.end).toBe(before);
    await containers.start({ id });
    await becomes(engine, id, /\(healthy\)$/);
    await eventually(async () => expect(await healthEvents(engine, id)).toEqual(['healthy', 'healthy']));
    await containers.remove({ id, force: true });
  });

  it('are killed with their whole group when they take too long, and hold up neither stop nor removal', async () => {
    await using engine = await startEngine();
    const seconds = unusual();
    const id = await start(engine, `sleep ${seconds} & sleep ${seconds}`, { timeoutNanos: milliseconds(300), retries: 1 });
    await becomes(engine, id, /\(unhealthy\)$/);
    expect(found(engine, id)?.log[0]).toMatchObject({ exitCode: -1, output: 'Health check exceeded timeout (300ms)' });
    await eventually(() => expect(found(engine, id)?.log.length).toBeGreaterThan(2));
    await engine.containers.pause({ id });
    await engine.containers.unpause({ id });
    await eventually(() => expect(processesOf('sleep', seconds).length).toBeLessThanOrEqual(2));
    const hanging = await start(engine, `sleep ${seconds}`, { intervalNanos: milliseconds(1) });
    await eventually(() => expect(processesOf('sleep', seconds).length).toBeGreaterThan(0));
    for (const each of [id, hanging]) await engine.containers.remove({ id: each, force: true });
    expect(processesOf('sleep', seconds)).toEqual([]);
    expect(existsSync(join(engine.root.path, 'run/containers', hanging))).toBe(false);
  });

  it('count no failure of the time that a start takes, and look more often then', async () => {
    await using engine = await startEngine();
    const id = await start(engine, 'test -e /ok', {
      retries: 1,
      startPeriodNanos: milliseconds(1_000_000),
      startIntervalNanos: milliseconds(30),
      intervalNanos: milliseconds(1_000_000),
    });
    await eventually(() => expect(found(engine, id)?.log.length).toBeGreaterThan(3));
    expect(found(engine, id)?.failingStreak).toBe(0);
    expect(await statusOf(engine, id)).toMatch(/ \(health: starting\)$/);
    await exec(engine, id, 'touch /ok');
    await becomes(engine, id, /\(healthy\)$/);
  });

  it('leave a paused container alone', async () => {
    await using engine = await startEngine();
    const id = await start(engine, 'true', {});
    await becomes(engine, id, /\(healthy\)$/);
    await engine.containers.pause({ id });
    await sleep(100);
    const before = found(engine, id)?.log.at(-1)?.end;
    await sleep(300);
    expect(found(engine, id)?.log.at(-1)?.end).toBe(before);
    expect(await statusOf(engine, id)).toMatch(/\(Paused\)$/);
    await engine.containers.unpause({ id });
    await eventually(() => expect(found(engine, id)?.log.at(-1)?.end).not.toBe(before));
    expect(await healthEvents(engine, id)).toEqual(['healthy']);
  });

  it('say why they could not be made, and keep the beginning of what they wrote', async () => {
    await using engine = await startEngine();
    const missing = await start(engine, '', { test: ['CMD', '/no/such/program'], retries: 1 });
    await becomes(engine, missing, /\(unhealthy\)$/);
    expect(found(engine, missing)?.log[0]).toMatchObject({ exitCode: -1 });
    expect(found(engine, missing)?.log[0]?.output).toContain('no such file or directory');
    const loud = await start(engine, 'yes | head -c 100000; echo >&2 last; exit 3', { retries: 1 });
    await becomes(engine, loud, /\(unhealthy\)$/);
    expect(found(engine, loud)?.log[0]).toMatchObject({ exitCode: 3, output: 'y\n'.repeat(2048) });
  });

  it('go on where they were when another worker takes over, with what was left of the last one gone', async () => {
    await using engine = await startEngine();
    const id = await start(engine, 'exit 1', { retries: 1_000_000 });
    await eventually(() => expect(found(engine, id)?.failingStreak).toBeGreaterThan(2));
    const next = await engine.replica('1');
    await engine.worker[Symbol.asyncDispose]();
    const before = found(engine, id)?.failingStreak ?? 0;
    await eventually(() => expect(found(engine, id)?.failingStreak).toBeGreaterThan(before + 2));
    expect(await statusOf(next, id)).toMatch(/\(health: starting\)$/);
  });

  it('are the image\'s where nobody says otherwise, and not when the request wants none', async () => {
    await using engine = await startEngine();
    const before = imageConfig.config;
    imageConfig.config = { Healthcheck: { Test: ['CMD-SHELL', 'ours'], Interval: 30_000_000 }, Shell: ['/bin/sh', '-c', 'test "$0" = ours'] };
    try {
      const run = async (healthCheck?: Partial<Check>): Promise<string> => {
        const { id } = await engine.engine.create({ container: { image: 'busybox', cmd: ['sleep', '1000'] }, options: { healthCheck } });
        await engine.containers.start({ id });
        return id;
      };
      const images = await run();
      await becomes(engine, images, /\(healthy\)$/);
      const none = await run({ test: ['NONE'] });
      expect(await statusOf(engine, none)).not.toContain('(');
      const own = await run({ test: ['CMD', 'true'] });
      await becomes(engine, own, /\(healthy\)$/);
    } finally {
      imageConfig.config = before;
    }
  });

  it('are refused when they make no sense', async () => {
    await using engine = await startEngine();
    const wrong: [Partial<Check>, string][] = [
      [{ test: ['CMD', 'true'], intervalNanos: 999_999n }, 'interval of a health check cannot be less than 1 ms'],
      [{ test: ['CMD', 'true'], timeoutNanos: -1n }, 'timeout of a health check cannot be less than 1 ms'],
      [{ test: ['CMD', 'true'], startPeriodNanos: 1n }, 'start period of a health check cannot be less than 1 ms'],
      [{ test: ['SHELL', 'true'] }, 'unknown kind of health check: SHELL'],
      [{ test: ['CMD'] }, 'health check CMD needs a command'],
      [{ test: ['NONE', 'x'] }, 'health check NONE takes no command'],
    ];
    for (const [healthCheck, message] of wrong) {
      const made = engine.engine.create({ container: { image: 'busybox', cmd: ['true'] }, options: { healthCheck } });
      await expect(made).rejects.toMatchObject({ code: Status.INVALID_ARGUMENT, details: expect.stringContaining(message) as string });
    }
  });
});
