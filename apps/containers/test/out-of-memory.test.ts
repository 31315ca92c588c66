import { describeIf, eventually } from '@arcbox/testing';
import { historyOf, needs, run, startEngine, type TestEngine } from './engine.ts';

const limits = { memoryBytes: 16n << 20n, memorySwap: 16n << 20n };

/** Wants more memory than it may have. */
const greedy = 'dd if=/dev/zero of=/dev/null bs=64M count=1';

describeIf(needs, 'want of memory', () => {
  let engine: TestEngine;
  beforeAll(async () => (engine = await startEngine()));
  afterAll(() => engine[Symbol.asyncDispose]());

  const actionsOf = async (id: string): Promise<string[]> =>
    (await historyOf(engine)).filter(({ actor }) => actor?.id === id).map(({ action }) => action);

  it('is told of at once when a process that is not the first is killed, each time, with several replicas', async () => {
    await using stack = new AsyncDisposableStack();
    for (const name of ['1', '2']) stack.use((await engine.replica(name)).worker);
    const { id } = await run(engine, ['sh', '-c', `trap '${greedy}' USR1; while :; do sleep 0.02; done`], { limits });
    expect((await engine.containers.inspect({ id })).state).toMatchObject({ running: true, oomKilled: false });
    for (const times of [1, 2]) {
      await engine.containers.kill({ id, signal: 'USR1' });
      await eventually(async () => expect((await actionsOf(id)).filter((action) => action === 'oom')).toHaveLength(times));
    }
    expect((await engine.containers.inspect({ id })).state).toMatchObject({ running: true, oomKilled: true });
    await engine.containers.stop({ id, timeout: 1 });
    expect((await engine.containers.inspect({ id })).state).toMatchObject({ oomKilled: true, running: false });
    expect((await actionsOf(id)).filter((action) => action === 'oom' || action === 'die')).toEqual(['oom', 'oom', 'die']);
    await engine.containers.start({ id });
    expect((await engine.containers.inspect({ id })).state?.oomKilled).toBe(false);
  });

  it('that ends the container is told of before its end, once', async () => {
    const { id } = await run(engine, ['sh', '-c', `exec ${greedy}`], { limits });
    expect((await engine.containers.wait({ id })).statusCode).toBe(137n);
    expect((await engine.containers.inspect({ id })).state).toMatchObject({ oomKilled: true, exitCode: 137 });
    await eventually(async () => expect(await actionsOf(id)).toEqual(['create', 'start', 'oom', 'die']));
    const oom = (await historyOf(engine)).find(({ action, actor }) => action === 'oom' && actor?.id === id);
    expect(oom?.actor?.attributes).toMatchObject({ memoryLimit: String(limits.memoryBytes) });
  });

  it('is noted by whoever looks after the container now', async () => {
    await using other = await startEngine();
    const { id } = await run(other, ['sh', '-c', `trap '${greedy}' USR1; while :; do sleep 0.02; done`], { limits });
    await other.worker[Symbol.asyncDispose]();
    const next = await other.replica('1');
    await next.containers.kill({ id, signal: 'USR1' });
    await eventually(async () => expect((await next.containers.inspect({ id })).state).toMatchObject({ running: true, oomKilled: true }));
  });
});
