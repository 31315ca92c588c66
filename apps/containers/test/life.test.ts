import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readMounts } from '@arcbox/linux';
import { describeIf, eventually } from '@arcbox/testing';
import { collect, historyOf, needs, run, startEngine, textOf } from './engine.ts';
import { imageConfig } from './fake-peers.ts';

describeIf(needs, 'the life of a container', () => {
  it('is created, started, waited for and removed, and leaves nothing', async () => {
    await using engine = await startEngine();
    const { containers, root } = engine;
    const { id } = await containers.create({ image: 'busybox', cmd: ['sh', '-c', 'echo hello; id -u; exit 3'] });
    await containers.start({ id });
    expect((await containers.wait({ id })).statusCode).toBe(3n);
    expect(textOf(await collect(containers.logs({ containerId: id })))).toBe('hello\n0\n');
    await containers.remove({ id });
    expect((await containers.list({ all: true })).containers).toEqual([]);
    expect(readMounts().filter((path) => path.startsWith(root.path))).toEqual([]);
    for (const place of ['run/containers', 'run/runc', 'run/exits']) expect(readdirSync(`${root.path}/${place}`)).toEqual([]);
    expect(existsSync(`${root.path}/containers/${id}`)).toBe(false);
    expect(existsSync(`/sys/fs/cgroup/pids/arcbox/${id}`)).toBe(false);
  });

  it('tells its story in events, each once and in order', async () => {
    await using engine = await startEngine();
    const { containers } = engine;
    const labels = { team: 'blue' };
    const { id } = await containers.create({ image: 'busybox', name: 'told', cmd: ['sh', '-c', 'exit 7'], labels });
    await containers.start({ id });
    await containers.wait({ id });
    await containers.remove({ id: 'told' });
    const events = await eventually(async () => {
      const history = await historyOf(engine);
      expect(history.map(({ action }) => action)).toEqual(['create', 'start', 'die', 'destroy']);
      return history;
    });
    for (const { actor } of events) expect(actor).toMatchObject({ id, attributes: { name: 'told', image: 'busybox', team: 'blue' } });
    expect(events[2]?.actor?.attributes).toMatchObject({ exitCode: '7', execDuration: '0' });
  });

  it('is told to be killed when it is removed by force', async () => {
    await using engine = await startEngine();
    const { id } = await run(engine, ['sleep', '1000']);
    await engine.containers.remove({ id, force: true });
    await eventually(async () => {
      const history = await historyOf(engine);
      expect(history.map(({ action }) => action)).toEqual(['create', 'start', 'kill', 'die', 'destroy']);
      expect(history[2]?.actor?.attributes).toMatchObject({ signal: '9' });
    });
  });

  it('keeps the real exit code of a gentle end', async () => {
    await using engine = await startEngine();
    const script = 'trap "exit 5" TERM; while :; do sleep 0.05; done';
    const { id } = await run(engine, ['sh', '-c', script]);
    await engine.containers.stop({ id });
    expect((await engine.containers.inspect({ id })).state).toMatchObject({ status: 'exited', exitCode: 5, running: false });
    await engine.containers.stop({ id });
  });

  it('kills what does not listen', async () => {
    await using engine = await startEngine();
    const { id } = await run(engine, ['sleep', '1000']);
    const before = Date.now();
    await engine.containers.stop({ id, timeout: 1 });
    expect(Date.now() - before).toBeGreaterThanOrEqual(1000);
    expect((await engine.containers.inspect({ id })).state?.exitCode).toBe(137);
    const other = await run(engine, ['sleep', '1000']);
    await engine.engine.stop({ id: other.id, timeoutSeconds: 0 });
    expect((await engine.containers.inspect({ id: other.id })).state?.exitCode).toBe(137);
  });

  it('waits as long as it is told, however long', async () => {
    await using engine = await startEngine();
    const { containers } = engine;
    for (const timeout of [2_147_484, 4_294_967_295]) {
      const { id } = await run(engine, ['sh', '-c', 'trap "sleep 0.1; exit 5" TERM; echo up; while :; do sleep 0.02; done']);
      await eventually(async () => expect(await collect(containers.logs({ containerId: id }))).toHaveLength(1));
      await containers.stop({ id, timeout });
      expect((await containers.inspect({ id })).state?.exitCode).toBe(5);
    }
  });

  it('ends also when somebody has stopped its conmon', async () => {
    await using engine = await startEngine();
    const { containers } = engine;
    for (const end of [() => containers.stop({ id: 'stuck', timeout: 1 }), () => containers.remove({ id: 'stuck', force: true })]) {
      const { id } = await run(engine, ['sleep', '1000'], { name: 'stuck' });
      process.kill(Number(readFileSync(`${engine.root.path}/run/containers/${id}/monitor`, 'utf8').split('.')[0]), 'SIGSTOP');
      await end();
      await containers.remove({ id, force: true }).catch(() => {});
    }
    expect((await containers.list({ all: true })).containers).toEqual([]);
  });

  it('that is frozen runs again while it is asked to end', async () => {
    await using engine = await startEngine();
    const { containers } = engine;
    const { id } = await run(engine, ['sleep', '1000']);
    await containers.pause({ id });
    const stopped = containers.stop({ id, timeout: 2 });
    await eventually(async () => expect((await containers.inspect({ id })).state?.status).toBe('running'));
    await stopped;
    const actions = (await historyOf(engine)).map(({ action }) => action);
    expect(actions).toEqual(['create', 'start', 'pause', 'unpause', 'kill', 'kill', 'die', 'stop']);
  });

  it('uses the stop signal of the image', async () => {
    await using engine = await startEngine();
    imageConfig.config = { StopSignal: 'SIGUSR1' };
    const { id } = await run(engine, ['sh', '-c', 'trap "exit 9" USR1; while :; do sleep 0.05; done']);
    imageConfig.config = {};
    await engine.containers.stop({ id });
    expect((await engine.containers.inspect({ id })).state?.exitCode).toBe(9);
  });

  it('sends signals by name and number', async () => {
    await using engine = await startEngine();
    const { containers } = engine;
    const script = 'trap "echo one" USR1; trap "exit 4" USR2; while :; do sleep 0.02; done';
    const { id } = await run(engine, ['sh', '-c', script]);
    await eventually(async () => {
      await containers.kill({ id, signal: 'SIGUSR1' });
      expect(textOf(await collect(containers.logs({ containerId: id })))).toContain('one\n');
    });
    await expect(containers.kill({ id, signal: 'NOPE' })).rejects.toThrow('INVALID_ARGUMENT: invalid signal: NOPE');
    await containers.kill({ id, signal: '12' });
    expect((await containers.wait({ id })).statusCode).toBe(4n);
    await expect(containers.kill({ id })).rejects.toThrow(/FAILED_PRECONDITION: container \S+ is not running/);
  });

  it('starts again, with a new run', async () => {
    await using engine = await startEngine();
    const { containers } = engine;
    const { id } = await run(engine, ['sh', '-c', 'echo -n x >> /count; cat /count; echo; exit $(wc -c < /count)']);
    expect((await containers.wait({ id })).statusCode).toBe(1n);
    await containers.start({ id });
    expect((await containers.wait({ id })).statusCode).toBe(2n);
    expect(textOf(await collect(containers.logs({ containerId: id })))).toBe('x\nxx\n');
  });

  it('is frozen and goes on', async () => {
    await using engine = await startEngine();
    const { containers } = engine;
    const { id } = await run(engine, ['sh', '-c', 'while :; do echo tick; sleep 0.01; done']);
    await containers.pause({ id });
    await expect(containers.start({ id })).rejects.toThrow('paused');
    await expect(containers.pause({ id })).rejects.toThrow('FAILED_PRECONDITION');
    const frozen = (await collect(containers.logs({ containerId: id }))).length;
    expect((await containers.list({})).containers[0]?.status).toMatch(/^Up .* \(Paused\)$/);
    expect((await collect(containers.logs({ containerId: id }))).length).toBe(frozen);
    await containers.unpause({ id });
    await eventually(async () => expect((await collect(containers.logs({ containerId: id }))).length).toBeGreaterThan(frozen));
    await containers.pause({ id });
    await containers.remove({ id, force: true });
  });

  it('removes itself, and whoever waits gets the code', async () => {
    await using engine = await startEngine();
    const { containers } = engine;
    const { id } = await engine.engine.create({ container: { image: 'busybox', cmd: ['sh', '-c', 'exit 6'] }, autoRemove: true });
    const waits = ['next-exit', 'removed'].map((condition) => containers.wait({ id, condition }));
    await containers.start({ id });
    expect((await Promise.all(waits)).map(({ statusCode }) => statusCode)).toEqual([6n, 6n]);
    expect((await containers.wait({ id, condition: 'removed' })).statusCode).toBe(6n);
    await expect(containers.inspect({ id })).rejects.toThrow(`NOT_FOUND: no such container: ${id}`);
    await expect(containers.wait({ id: 'nobody' })).rejects.toThrow('NOT_FOUND');
  });

  it('is measured and shows its processes', async () => {
    await using engine = await startEngine();
    const { containers } = engine;
    const { id } = await run(engine, ['sleep', '1000'], { limits: { memoryBytes: 64n << 20n } });
    const stats = await containers.stats({ id });
    expect(stats).toMatchObject({ pids: 1, memoryLimit: 64n << 20n });
    expect(stats.systemCpuUsage).toBeGreaterThan(0n);
    const top = await containers.top({ id });
    expect(top.titles).toContain('PID');
    expect(top.processes).toHaveLength(1);
    expect(top.processes[0]?.values.at(-1)).toBe('sleep 1000');
    await containers.stop({ id, timeout: 1 });
    expect((await containers.stats({ id })).cpuUsage).toBe(0n);
    await expect(containers.top({ id })).rejects.toThrow('FAILED_PRECONDITION');
    await containers.start({ id });
    for (const psArgs of ['-o\0pid', 'x'.repeat(200_000)]) await expect(containers.top({ id, psArgs })).rejects.toThrow('INVALID_ARGUMENT');
  });
});
