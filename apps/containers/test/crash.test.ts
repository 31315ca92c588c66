import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { processIdentity } from '@arcbox/store';
import { describeIf, eventually } from '@arcbox/testing';
import { attachTo, collect, historyOf, needs, never, run, startEngine, textOf } from './engine.ts';

const lines = (count: number): string => Array.from({ length: count }, (_, i) => `line ${i + 1}\n`).join('');

const parentOf = (pid: number | undefined): number => Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

describeIf(needs, 'when workers come and go', () => {
  it('a container runs on, its log is complete and it dies once', async () => {
    await using engine = await startEngine();
    const { id } = await run(engine, ['sh', '-c', 'for i in $(seq 1 40); do echo line $i; sleep 0.1; done; exit 3']);
    await engine.worker[Symbol.asyncDispose]();
    await sleep(200);
    const next = await engine.replica('1');
    const { containers } = next;
    expect((await containers.inspect({ id })).state?.status).toBe('running');
    expect(textOf(await collect(containers.logs({ containerId: id, follow: true })))).toBe(lines(40));
    expect((await containers.wait({ id })).statusCode).toBe(3n);
    await eventually(async () => {
      expect((await historyOf(next)).map(({ action }) => action)).toEqual(['create', 'start', 'die']);
    });
  });

  it('an end that nobody saw is known afterwards, with its code and time', async () => {
    await using engine = await startEngine();
    const { id } = await run(engine, ['sh', '-c', 'sleep 0.3; echo late; exit 4']);
    await engine.worker[Symbol.asyncDispose]();
    await sleep(700);
    const started = Date.now();
    const { containers } = await engine.replica('1');
    expect((await containers.wait({ id })).statusCode).toBe(4n);
    const { state } = await containers.inspect({ id });
    expect(Date.parse(state?.finishedAt ?? '')).toBeLessThan(started);
    expect(textOf(await collect(containers.logs({ containerId: id })))).toBe('late\n');
    await containers.remove({ id });
  });

  it('a container that removes itself is removed by the next worker', async () => {
    await using engine = await startEngine();
    const container = { image: 'busybox', cmd: ['sh', '-c', 'sleep 0.2'] };
    const { id } = await engine.engine.create({ container, autoRemove: true });
    await engine.containers.start({ id });
    await engine.worker[Symbol.asyncDispose]();
    await sleep(500);
    const next = await engine.replica('1');
    await eventually(async () => expect((await next.containers.list({ all: true })).containers).toEqual([]));
    await eventually(async () => {
      const gone = (await historyOf(next)).find(({ action }) => action === 'destroy');
      expect(gone?.actor?.attributes).toMatchObject({ autoRemove: 'true' });
    });
  });

  it('what one replica creates another starts, stops and waits for', async () => {
    await using engine = await startEngine();
    const other = await engine.replica('1');
    const { id } = await engine.containers.create({ image: 'busybox', cmd: ['sh', '-c', 'trap "exit 8" TERM; echo ready; while :; do sleep 0.02; done'] });
    const waits = [engine.containers, other.containers].map((replica) => replica.wait({ id, condition: 'next-exit' }));
    await other.containers.start({ id });
    // A signal that comes before the trap is set would end it in another way.
    await eventually(async () => expect(textOf(await collect(engine.containers.logs({ containerId: id })))).toBe('ready\n'));
    await engine.containers.stop({ id });
    expect((await Promise.all(waits)).map(({ statusCode }) => statusCode)).toEqual([8n, 8n]);
    await eventually(async () => {
      expect((await historyOf(engine)).map(({ action }) => action)).toEqual(['create', 'start', 'kill', 'die', 'stop']);
    });
    const removed = engine.containers.wait({ id, condition: 'removed' });
    await other.containers.remove({ id });
    expect((await removed).statusCode).toBe(8n);
  });

  it('a container whose conmon was killed ends with it, and at once', async () => {
    await using engine = await startEngine();
    const { id } = await run(engine, ['sleep', '1000']);
    const { state } = await engine.containers.inspect({ id });
    process.kill(parentOf(state?.pid), 'SIGKILL');
    expect((await engine.containers.wait({ id })).statusCode).toBe(255n);
    const ended = (await engine.containers.inspect({ id })).state;
    expect(ended?.error).toContain('exit code is not known');
    expect(processIdentity(state?.pid)).toBeUndefined();
    await engine.containers.remove({ id });
  });

  it('a container whose conmon was killed while no worker looked ends with the next, and starts again if it shall', async () => {
    await using engine = await startEngine();
    const options = { restartPolicy: { name: 'always' } };
    const { id } = await engine.engine.create({ container: { image: 'busybox', cmd: ['sleep', '1000'] }, options });
    await engine.containers.start({ id });
    const pid = (await engine.containers.inspect({ id })).state?.pid;
    await engine.worker[Symbol.asyncDispose]();
    process.kill(parentOf(pid), 'SIGKILL');
    const { containers } = await engine.replica('1');
    await eventually(async () => {
      const { state } = await containers.inspect({ id });
      expect(state).toMatchObject({ running: true });
      expect(state?.pid).not.toBe(pid);
    });
    expect(processIdentity(pid)).toBeUndefined();
  });

  it('fast containers lose nothing', async () => {
    await using engine = await startEngine();
    const { containers } = engine;
    for (let i = 0; i < 20; i++) {
      const container = { image: 'busybox', cmd: ['echo', String(i)] };
      const { id } = await engine.engine.create({ container, autoRemove: true });
      const seen = collect(containers.attach(never(), { metadata: attachTo(id) }));
      const ended = containers.wait({ id, condition: 'removed' });
      await sleep(5);
      await containers.start({ id });
      expect(Buffer.concat((await seen).map(({ data }) => Buffer.from(data))).toString()).toBe(`${i}\n`);
      expect((await ended).statusCode).toBe(0n);
    }
  });
});
