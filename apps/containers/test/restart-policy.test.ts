import { setTimeout as sleep } from 'node:timers/promises';
import { status as Status } from '@grpc/grpc-js';
import { describeIf, eventually } from '@arcbox/testing';
import { collect, historyOf, needs, startEngine, type TestEngine, textOf } from './engine.ts';

async function create({ engine }: TestEngine, cmd: string[], name: string, maximumRetries = 0): Promise<string> {
  const { id } = await engine.create({ container: { image: 'busybox', cmd }, options: { restartPolicy: { name, maximumRetries } } });
  return id;
}

describeIf(needs, 'restart policies', () => {
  it('start a container again, with longer and longer pauses, as often as they may', async () => {
    await using engine = await startEngine();
    const { containers } = engine;
    const id = await create(engine, ['sh', '-c', 'echo run; exit 3'], 'on-failure', 2);
    await containers.start({ id });
    await eventually(async () => expect((await containers.inspect({ id })).state).toMatchObject({ status: 'exited', exitCode: 3 }));
    expect(textOf(await collect(containers.logs({ containerId: id })))).toBe('run\nrun\nrun\n');
    const actions = await eventually(async () => {
      const seen = await historyOf(engine);
      expect(seen).toHaveLength(7);
      return seen;
    });
    const words = actions.map(({ action, actor }) => [action, ...['restartPolicy', 'restartDelay', 'restartCount'].flatMap((name) => actor?.attributes[name] ?? [])].join(' '));
    expect(words).toEqual(['create', 'start', 'die on-failure 100', 'start on-failure 1', 'die on-failure 200', 'start on-failure 2', 'die']);
    await containers.start({ id });
    await eventually(async () => {
      expect(textOf(await collect(containers.logs({ containerId: id })))).toBe('run\n'.repeat(6));
      expect((await containers.inspect({ id })).state?.status).toBe('exited');
    });
  });

  it('leave a container alone that ended well, or that somebody has stopped or killed', async () => {
    await using engine = await startEngine();
    const { containers } = engine;
    const well = await create(engine, ['true'], 'on-failure');
    const stopped = await create(engine, ['sleep', '1000'], 'always');
    const killed = await create(engine, ['sleep', '1000'], 'unless-stopped');
    for (const id of [well, stopped, killed]) await containers.start({ id });
    await containers.stop({ id: stopped, timeout: 1 });
    await containers.kill({ id: killed });
    for (const id of [well, stopped, killed]) await containers.wait({ id });
    await sleep(500);
    const { containers: all } = await containers.list({ all: true });
    expect(all.map(({ state }) => state)).toEqual(['exited', 'exited', 'exited']);
  });

  it('start a container again whose program was killed from outside', async () => {
    await using engine = await startEngine();
    const { containers } = engine;
    const id = await create(engine, ['sleep', '1000'], 'always');
    await containers.start({ id });
    const first = (await containers.inspect({ id })).state?.pid ?? 0;
    process.kill(first, 'SIGKILL');
    await eventually(async () => {
      const { state } = await containers.inspect({ id });
      expect(state).toMatchObject({ status: 'running' });
      expect(state?.pid).not.toBe(first);
    });
  });

  it('can be ended while they wait, and do not let go of a container that is to be removed', async () => {
    await using engine = await startEngine();
    const { containers } = engine;
    const waiting = async (): Promise<string> => {
      const id = await create(engine, ['false'], 'always');
      await containers.start({ id });
      // By then the pause is long enough to be seen.
      await eventually(async () => expect((await historyOf(engine)).filter(({ actor, action }) => actor?.id === id && action === 'die').length).toBeGreaterThan(3));
      await eventually(async () => expect((await containers.inspect({ id })).state).toMatchObject({ status: 'restarting', restarting: true }));
      return id;
    };
    const stopped = await waiting();
    await expect(containers.remove({ id: stopped })).rejects.toMatchObject({ code: Status.FAILED_PRECONDITION });
    await containers.stop({ id: stopped });
    expect((await containers.inspect({ id: stopped })).state?.status).toBe('exited');
    const removed = await waiting();
    await containers.remove({ id: removed, force: true });
    await expect(containers.inspect({ id: removed })).rejects.toMatchObject({ code: Status.NOT_FOUND });
  });

  it('outlive the worker: another one starts what ended while nobody looked', async () => {
    await using engine = await startEngine();
    const { containers } = engine;
    const id = await create(engine, ['sleep', '1000'], 'unless-stopped');
    await containers.start({ id });
    const pid = (await containers.inspect({ id })).state?.pid ?? 0;
    await engine.worker[Symbol.asyncDispose]();
    process.kill(pid, 'SIGKILL');
    const next = await engine.replica('1');
    await eventually(async () => {
      const { state } = await next.containers.inspect({ id });
      expect(state).toMatchObject({ status: 'running' });
      expect(state?.pid).not.toBe(pid);
    });
  });

  it('do not go with removal at the exit', async () => {
    await using engine = await startEngine();
    const request = { container: { image: 'busybox', cmd: ['true'] }, autoRemove: true, options: { restartPolicy: { name: 'always' } } };
    await expect(engine.engine.create(request)).rejects.toMatchObject({ code: Status.INVALID_ARGUMENT });
  });
});
