import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '@arcbox/store';
import { status as Status } from '@grpc/grpc-js';
import { describeIf, eventually } from '@arcbox/testing';
import { Containers } from '../src/record/containers.ts';
import { needs, run, startEngine, type TestEngine } from './engine.ts';

describeIf(needs, 'prune', () => {
  let engine: TestEngine;
  beforeAll(async () => (engine = await startEngine()));
  afterAll(() => engine[Symbol.asyncDispose]());

  const ended = async (labels: Record<string, string> = {}, script = 'true'): Promise<string> => {
    const { id } = await run(engine, ['sh', '-c', script], { labels });
    await engine.containers.wait({ id });
    return id;
  };

  const present = async (): Promise<string[]> => (await engine.containers.list({ all: true })).containers.map(({ id }) => id);

  it('removes what does not run, and tells how many bytes of the disk that gives back', async () => {
    const running = await run(engine, ['sleep', '1000']);
    const paused = await run(engine, ['sleep', '1000']);
    await engine.containers.pause({ id: paused.id });
    const { id: created } = await engine.containers.create({ image: 'busybox', cmd: ['true'] });
    const writer = await ended({}, 'dd if=/dev/urandom of=/big bs=1M count=3 2>/dev/null; truncate -s 1G /sparse');
    const dry = await engine.engine.prune({ dryRun: true });
    const verdictOn = (of: string) => dry.verdicts.find(({ id }) => id === of);
    expect(verdictOn(running.id)).toMatchObject({ removed: false, reason: 'running', size: expect.any(BigInt), gone: [] });
    expect(verdictOn(paused.id)).toMatchObject({ removed: false, reason: 'paused' });
    expect(verdictOn(created)).toMatchObject({ removed: true, reason: 'created', gone: [created] });
    expect(verdictOn(writer)?.reason).toMatch(/^exited \(0\) .* ago$/);
    expect([...dry.deleted].sort()).toEqual([created, writer].sort());
    expect(dry.spaceReclaimed).toBeGreaterThan(3n << 20n);
    expect(dry.spaceReclaimed).toBeLessThan(4n << 20n);
    expect(await present()).toHaveLength(4);
    const pruned = await engine.engine.prune({});
    expect([...pruned.deleted].sort()).toEqual([...dry.deleted].sort());
    expect(pruned.spaceReclaimed).toBeGreaterThan(3n << 20n);
    expect((await present()).sort()).toEqual([running.id, paused.id].sort());
    expect(existsSync(`${engine.root.path}/containers/${writer}`)).toBe(false);
    expect(pruned.spaceReclaimed).toBe(dry.spaceReclaimed);
    expect(await engine.engine.prune({})).toMatchObject({ deleted: [], spaceReclaimed: 0n });
    for (const { id } of [running, paused]) await engine.containers.remove({ id, force: true });
  });

  it('tells what each takes of the disk, which is what a prune gives back', async () => {
    const running = await run(engine, ['sh', '-c', 'dd if=/dev/zero of=/some bs=1M count=2 2>/dev/null; exec sleep 1000']);
    const stopped = await ended({}, 'dd if=/dev/zero of=/more bs=1M count=3 2>/dev/null');
    await eventually(async () => expect((await engine.engine.getUsage({})).containers.every(({ size }) => size > 2n << 20n)).toBe(true));
    const { containers } = await engine.engine.getUsage({});
    expect(containers.map(({ id, state }) => [id, state])).toEqual([[stopped, 'exited'], [running.id, 'running']]);
    expect(containers[1]).toMatchObject({ image: 'busybox', command: expect.stringMatching(/^sh -c dd/), status: expect.stringMatching(/^Up /) });
    expect((await engine.engine.prune({})).spaceReclaimed).toBe(containers[0]?.size);
    await engine.containers.remove({ id: running.id, force: true });
  });

  it('lets one that cannot be removed keep no other, and fails for it', async () => {
    const [stuck, other] = [await ended(), await ended()];
    const place = `${engine.root.path}/containers/${stuck}/stuck`;
    mkdirSync(place);
    execFileSync('mount', ['-t', 'tmpfs', 'none', place]);
    try {
      await expect(engine.engine.prune({})).rejects.toMatchObject({ code: Status.FAILED_PRECONDITION, details: expect.stringMatching(/^1 of the containers could not be removed, all others are gone; .*busy/i) });
      expect(await present()).toEqual([stuck]);
    } finally {
      execFileSync('umount', [place]);
    }
    expect((await engine.engine.prune({})).deleted).toEqual([stuck]);
    expect(await present()).not.toContain(other);
  });

  it('counts what two remove at once for one of them', async () => {
    const all = [];
    for (let count = 0; count < 4; count++) all.push((await engine.containers.create({ image: 'busybox', cmd: ['true'] })).id);
    const answers = await Promise.all([engine.engine.prune({}), engine.engine.prune({})]);
    expect(answers.flatMap(({ deleted }) => deleted).sort()).toEqual(all.sort());
  });

  it('leaves one whose restart policy comes to want it while the prune waits', async () => {
    const id = await ended();
    using store = openStore(join(engine.root.path, 'containers/state.db'));
    using containers = new Containers(store);
    const lease = await containers.hold(id);
    const pruning = engine.engine.prune({});
    // By then it waits for the lease.
    for (const _look of [1, 2]) expect((await engine.engine.prune({ dryRun: true })).deleted).toEqual([id]);
    containers.transition(id, ({ status }) => ({ status: { ...status, state: 'restarting', retry: { at: Date.now() + 3_600_000, delay: 0 } } }));
    lease[Symbol.dispose]();
    expect((await pruning).verdicts).toMatchObject([{ id, removed: false, reason: expect.stringContaining('restarting') }]);
    await engine.containers.remove({ id, force: true });
  });

  it('takes only what its filters name', async () => {
    const [plain, wanted, kept] = [await ended(), await ended({ env: 'test' }), await ended({ env: 'test', keep: '' })];
    const prune = async (filters: Record<string, string>): Promise<string[]> => (await engine.engine.prune({ filters })).deleted;
    expect(await prune({ until: '1h' })).toEqual([]);
    const { verdicts } = await engine.engine.prune({ filters: { until: '1h' }, dryRun: true });
    expect(verdicts.map(({ reason }) => reason)).toEqual(Array(3).fill('younger than 1h'));
    expect(await prune({ label: 'env=test', 'label!': 'keep' })).toEqual([wanted]);
    expect(await prune({ label: 'env=prod,env=test' })).toEqual([]);
    expect(await prune({ label: 'env' })).toEqual([kept]);
    expect(await prune({ until: '0s' })).toEqual([plain]);
    await expect(engine.engine.prune({ filters: { color: 'red' } })).rejects.toMatchObject({ code: Status.INVALID_ARGUMENT });
  });
});
