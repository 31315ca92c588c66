import { type SetupStatus, SetupStatus_Phase as Phase } from '@arcbox/proto/arcbox/v1/api';
import { describeIf, eventually } from '@arcbox/testing';
import { type Engine, startEngine } from './engine.ts';

/** A client that notes every status it is sent. */
function watch(engine: Engine): { seen: SetupStatus[]; phases(): string[]; stop(): Promise<void> } {
  const abort = new AbortController();
  const seen: SetupStatus[] = [];
  const running = (async () => {
    for await (const status of engine.system.watchSetupStatus({}, { signal: abort.signal })) seen.push(status);
  })().catch(() => {});
  return {
    seen,
    phases: () => seen.map(({ phase }) => Phase[phase]).filter((phase, i, all) => phase !== all[i - 1]),
    async stop() {
      abort.abort();
      await running;
    },
  };
}

describeIf(['root', 'overlay', 'runc', 'conmon', 'nft', 'ip'], 'on a host that can run containers', () => {
  test('fifty watchers see every stage of the start, a death, and the return', async () => {
    await using engine = await startEngine();
    await eventually(async () => expect((await engine.system.getSetupStatus({})).phase).toBe(Phase.ASSETS_READY));
    const watchers = Array.from({ length: 50 }, () => watch(engine));
    await eventually(() => expect(watchers.every(({ seen }) => seen.length > 0)).toBe(true));

    const containers = await engine.start('containers');
    await eventually(async () => expect((await engine.system.getSetupStatus({})).phase).toBe(Phase.VM_READY));
    await engine.start('images');
    await engine.start('networks');
    await engine.start('volumes');
    await eventually(async () => expect((await engine.system.getSetupStatus({})).phase).toBe(Phase.READY));
    expect((await engine.system.getSetupStatus({})).vmRunning).toBe(true);

    await containers[Symbol.asyncDispose]();
    await eventually(async () => {
      expect(await engine.system.getSetupStatus({})).toMatchObject({
        phase: Phase.DEGRADED,
        message: 'the containers worker is not running',
        vmRunning: false,
        error: '',
      });
    });
    await engine.start('containers');
    const whole = ['ASSETS_READY', 'VM_STARTING', 'VM_READY', 'NETWORK_READY', 'READY', 'DEGRADED', 'READY'];
    for (const watcher of watchers) {
      await eventually(() => expect(watcher.phases()).toEqual(whole));
      expect(watcher.seen).toEqual(watchers[0]?.seen);
      await watcher.stop();
    }
  });

  test('after an engine that was killed the clean-up is told, before the start', async () => {
    await using engine = await startEngine({ killed: true });
    const watcher = watch(engine);
    const recovered = Promise.withResolvers<void>();
    engine.state.readiness = recovered.promise;
    const starting = engine.startAll();
    await eventually(async () => expect((await engine.system.getSetupStatus({})).phase).toBe(Phase.CLEANING_UP));
    recovered.resolve();
    await starting;
    await eventually(() => expect(watcher.phases().at(-1)).toBe('READY'));
    const start = ['ASSETS_READY', 'VM_STARTING', 'VM_READY', 'NETWORK_READY', 'READY'];
    expect(watcher.phases()).toEqual(['INITIALIZING', 'CLEANING_UP', 'INITIALIZING', ...start]);
    await watcher.stop();
  });

  test('a replica that joins tells from its first answer what the others tell', async () => {
    await using engine = await startEngine();
    const { networks } = await engine.startAll();
    await eventually(async () => expect((await engine.system.getSetupStatus({})).phase).toBe(Phase.READY));
    for (const replica of ['1', '2']) {
      const { client } = await engine.startSystem(replica);
      expect((await client.getSetupStatus({})).phase).toBe(Phase.READY);
    }
    // A third replica sees an engine that has lost a worker as one that has, not as one that starts.
    await networks[Symbol.asyncDispose]();
    const degraded = { phase: Phase.DEGRADED, message: 'the networks worker is not running' };
    await eventually(async () => expect(await engine.system.getSetupStatus({})).toMatchObject(degraded));
    const { client } = await engine.startSystem('3');
    expect(await client.getSetupStatus({})).toMatchObject(degraded);
    await engine.start('networks');
    await eventually(async () => expect((await client.getSetupStatus({})).phase).toBe(Phase.READY));
  });

  test('a worker that is replaced faster than anybody looks was away all the same', async () => {
    await using engine = await startEngine();
    const { networks } = await engine.startAll();
    await eventually(async () => expect((await engine.system.getSetupStatus({})).phase).toBe(Phase.READY));
    const watcher = watch(engine);
    await eventually(() => expect(watcher.phases()).toEqual(['READY']));
    await networks[Symbol.asyncDispose]();
    await engine.start('networks');
    await eventually(() => expect(watcher.phases()).toEqual(['READY', 'DEGRADED', 'READY']));
    await watcher.stop();
  });

  test('a replica of its own derives its own status', async () => {
    await using engine = await startEngine();
    await engine.startAll();
    const { client } = await engine.startSystem('1');
    await eventually(async () => expect((await client.getSetupStatus({})).phase).toBe(Phase.READY));
  });
});

test('a worker that stops says so to its watchers', async () => {
  await using engine = await startEngine();
  const opened = Promise.withResolvers<void>();
  const watching = Array.fromAsync(engine.system.watchSetupStatus({}, { onHeader: () => opened.resolve() }));
  await opened.promise;
  const stopping = engine.worker[Symbol.asyncDispose]();
  await expect(watching).rejects.toMatchObject({ code: 14, details: 'the worker is stopping' });
  await stopping;
});
