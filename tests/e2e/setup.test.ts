import { WorkerServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/worker';
import { type SetupStatus, SetupStatus_Phase as Phase, SystemServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { describeIf, eventually } from '@arcbox/testing';
import { oneEngine } from './one-engine.ts';

describeIf(['root', 'overlay', 'runc', 'conmon', 'nats-server'], 'the status of the setup, through the gateway', () => {
  const engine = oneEngine();

  it('is told to fifty watchers, each change, while workers are killed and come back', async () => {
    const system = engine().client(SystemServiceDefinition);
    const stop = new AbortController();
    const watchers = Array.from({ length: 50 }, () => {
      const seen: SetupStatus[] = [];
      const running = (async () => {
        for await (const status of system.watchSetupStatus({}, { signal: stop.signal })) seen.push(status);
      })().catch(() => {});
      return { seen, running };
    });
    const all = (holds: (seen: readonly SetupStatus[]) => boolean) =>
      eventually(() => expect(watchers.filter(({ seen }) => !holds(seen))).toHaveLength(0));
    const phases = (seen: readonly SetupStatus[]): string[] =>
      seen.map(({ phase }) => Phase[phase]).filter((phase, index, list) => phase !== list[index - 1]);
    await all((seen) => seen.at(-1)?.phase === Phase.READY);

    const expected = ['READY'];
    for (const worker of ['networks-0', 'images-0']) {
      const killed = performance.now();
      engine().kill(worker);
      expected.push('DEGRADED', 'READY');
      await all((seen) => phases(seen).length >= expected.length - 1);
      const degraded = performance.now();
      await all((seen) => phases(seen).length >= expected.length);
      process.stderr.write(`${worker}: DEGRADED after ${Math.round(degraded - killed)} ms, READY ${Math.round(performance.now() - degraded)} ms later\n`);
    }
    for (const { seen } of watchers) {
      expect(phases(seen)).toEqual(expected);
      // The first to come may have seen more of what was before.
      expect(seen.slice(-5)).toEqual(watchers[0]?.seen.slice(-5));
    }
    stop.abort();
    await Promise.all(watchers.map(({ running }) => running));
  });

  it('is DEGRADED while a worker hangs', async () => {
    const system = engine().client(SystemServiceDefinition);
    const phaseIs = (phase: Phase) => eventually(async () => expect((await system.getSetupStatus({})).phase).toBe(phase));
    const pid = engine().pid('volumes-0');
    process.kill(pid, 'SIGSTOP');
    await phaseIs(Phase.DEGRADED);
    // Not because it was forgotten.
    const { workers } = await engine().client(WorkerServiceDefinition).listWorkers({});
    expect(workers.map(({ name }) => name)).toContain('volumes');
    process.kill(pid, 'SIGCONT');
    await phaseIs(Phase.READY);
    expect(engine().pid('volumes-0')).toBe(pid);
  });
});
