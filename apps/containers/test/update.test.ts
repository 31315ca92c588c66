import { status as Status } from '@grpc/grpc-js';
import { describeIf, eventually } from '@arcbox/testing';
import type { Container } from '../src/record/container.ts';
import { openStore } from '@arcbox/store';
import { historyOf, needs, run, startEngine, type TestEngine } from './engine.ts';
import { kernelBandwidth, kernelLimit, kernelSwap } from './kernel-limits.ts';

type Update = Omit<Parameters<TestEngine['engine']['update']>[0], 'id'>;

const mebibyte = 1n << 20n;

describeIf(needs, 'update', () => {
  let engine: TestEngine;
  beforeAll(async () => (engine = await startEngine()));
  afterAll(() => engine[Symbol.asyncDispose]());

  const update = (id: string, change: Update): Promise<{ warnings: string[] }> => engine.engine.update({ id, ...change });

  it('changes the limits of a running container in the kernel, and of its next run', async () => {
    const { id } = await run(engine, ['sleep', '1000'], { limits: { memoryBytes: 64n * mebibyte } });
    const limits = { memoryBytes: 32n * mebibyte, memorySwap: 40n * mebibyte, cpus: 0.25 };
    await update(id, { limits, pidsLimit: 20n, cpusetCpus: '0', memoryReservation: 16n * mebibyte });
    const check = (): void => {
      expect(kernelLimit(id, 'memory')).toBe(String(32n * mebibyte));
      expect([undefined, String(40n * mebibyte)]).toContain(kernelSwap(id));
      expect(kernelLimit(id, 'reservation')).toBe(String(16n * mebibyte));
      expect(kernelLimit(id, 'pids')).toBe('20');
      expect(kernelLimit(id, 'cpus')).toBe('0');
      expect(kernelBandwidth(id)).toEqual({ quota: 25_000, period: 100_000 });
    };
    check();
    await engine.engine.restart({ id, timeoutSeconds: 0 });
    check();
    await update(id, { limits: { memoryBytes: 36n * mebibyte }, pidsLimit: -1n });
    expect(kernelLimit(id, 'memory')).toBe(String(36n * mebibyte));
    expect([undefined, String(40n * mebibyte)]).toContain(kernelSwap(id));
    expect(kernelLimit(id, 'pids')).toBe('max');
    expect((await engine.containers.stats({ id })).memoryLimit).toBe(36n * mebibyte);
    const actions = (await historyOf(engine)).filter(({ actor }) => actor?.id === id).map(({ action }) => action);
    expect(actions.filter((action) => action === 'update')).toHaveLength(2);
  });

  it('of one that does not run, or is frozen, counts as well', async () => {
    const { id } = await engine.containers.create({ image: 'busybox', cmd: ['sleep', '1000'] });
    await update(id, { limits: { memoryBytes: 32n * mebibyte } });
    await engine.containers.start({ id });
    expect(kernelLimit(id, 'memory')).toBe(String(32n * mebibyte));
    await engine.containers.pause({ id });
    await update(id, { limits: { memoryBytes: 48n * mebibyte } });
    expect(kernelLimit(id, 'memory')).toBe(String(48n * mebibyte));
    expect((await engine.containers.inspect({ id })).state?.status).toBe('paused');
  });

  it('that the kernel refuses changes nothing, and says why', async () => {
    // A tmpfs of the container counts as its memory and cannot be dropped.
    const fill = 'dd if=/dev/zero of=/dev/shm/full bs=1M count=24 2>/dev/null; touch /dev/shm/done; sleep 1000';
    const { id } = await run(engine, ['sh', '-c', fill], { limits: { memoryBytes: 64n * mebibyte, memorySwap: 64n * mebibyte } });
    await eventually(async () => expect((await engine.containers.stats({ id })).memoryUsage).toBeGreaterThan(24n * mebibyte));
    const cpus = kernelLimit(id, 'cpus');
    const refused = update(id, { limits: { memoryBytes: 8n * mebibyte, memorySwap: 8n * mebibyte, cpus: 0.5 }, cpusetCpus: '0', pidsLimit: 9n });
    await expect(refused).rejects.toMatchObject({ code: Status.FAILED_PRECONDITION, details: expect.stringMatching(/cannot be updated: .*memory/) });
    expect(kernelLimit(id, 'memory')).toBe(String(64n * mebibyte));
    expect(kernelLimit(id, 'cpus')).toBe(cpus);
    expect(kernelLimit(id, 'pids')).toBe('max');
    expect(kernelBandwidth(id).quota).toBeUndefined();
    expect((await engine.containers.stats({ id })).memoryLimit).toBe(64n * mebibyte);
    expect((await historyOf(engine)).filter(({ actor, action }) => actor?.id === id && action === 'update')).toEqual([]);
  });

  it('that makes no sense is refused', async () => {
    const { id } = await run(engine, ['sleep', '1000'], { limits: { memoryBytes: 64n * mebibyte, cpuQuota: 50_000n } });
    const cases: [Update, Status, string][] = [
      [{ limits: { memoryBytes: mebibyte } }, Status.INVALID_ARGUMENT, 'minimum memory limit'],
      [{ limits: { memoryBytes: 256n * mebibyte } }, Status.FAILED_PRECONDITION, 'above memory_swap as it is'],
      [{ limits: { memorySwap: 32n * mebibyte } }, Status.INVALID_ARGUMENT, 'cannot be less than the memory limit'],
      [{ limits: { cpus: 1 } }, Status.INVALID_ARGUMENT, 'cpus cannot be combined'],
      [{ cpusetCpus: '8000' }, Status.INVALID_ARGUMENT, 'cpuset_cpus asks for 8000'],
      [{ memoryReservation: 65n * mebibyte }, Status.INVALID_ARGUMENT, 'memory_reservation cannot be more'],
      [{ restartPolicy: { name: 'sometimes' } }, Status.INVALID_ARGUMENT, 'unknown restart policy'],
    ];
    for (const [change, code, details] of cases) {
      await expect(update(id, change)).rejects.toMatchObject({ code, details: expect.stringContaining(details) });
    }
    await expect(update('nobody', {})).rejects.toMatchObject({ code: Status.NOT_FOUND });
    const { id: passing } = await engine.engine.create({ container: { image: 'busybox', cmd: ['true'] }, autoRemove: true });
    await expect(update(passing, { restartPolicy: { name: 'always' } })).rejects.toMatchObject({ code: Status.FAILED_PRECONDITION });
  });

  it('changes the restart policy', async () => {
    const { id } = await run(engine, ['sleep', '1000']);
    await update(id, { restartPolicy: { name: 'always' } });
    const pid = (await engine.containers.inspect({ id })).state?.pid ?? 0;
    process.kill(pid, 'SIGKILL');
    await eventually(async () => {
      const { state } = await engine.containers.inspect({ id });
      expect(state).toMatchObject({ status: 'running' });
      expect(state?.pid).not.toBe(pid);
    });
  });

  it('that was cut short is finished by another worker', async () => {
    const { id } = await run(engine, ['sleep', '1000']);
    using store = openStore(`${engine.root.path}/containers/state.db`);
    const records = store.collection<Container>('containers', {});
    // As a worker leaves it that is killed before the kernel has heard of it.
    records.update(id, (container) => ({
      ...container,
      status: { ...container.status, update: { pending: true, limits: { memory: Number(32n * mebibyte) }, resources: { pidsLimit: 30 } } },
    }));
    await eventually(() => expect(kernelLimit(id, 'memory')).toBe(String(32n * mebibyte)));
    const config = { limits: { memory: Number(32n * mebibyte) }, resources: { pidsLimit: 30 } };
    await eventually(() => expect(records.get(id)).toMatchObject({ config }));
    expect(kernelLimit(id, 'pids')).toBe('30');
    expect(records.get(id)?.status.update).toBeUndefined();
  });
});
