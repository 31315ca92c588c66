import { status as Status } from '@grpc/grpc-js';
import type { WatchStatsResponse } from '@arcbox/proto/arcbox/engine/v1/container';
import { describeIf } from '@arcbox/testing';
import { readCgroup } from '../src/runtime/cgroup.ts';
import { cgroupPath } from '../src/spec/cgroup-path.ts';
import { needs, run, startEngine, type TestEngine } from './engine.ts';

describeIf(needs, 'stats', () => {
  let engine: TestEngine;
  beforeAll(async () => (engine = await startEngine()));
  afterAll(() => engine[Symbol.asyncDispose]());

  /** Reads samples until `isLast` says so, then leaves. */
  async function watch(ids: string[], isLast: (response: WatchStatsResponse) => boolean | Promise<boolean>): Promise<WatchStatsResponse[]> {
    const abort = new AbortController();
    const seen: WatchStatsResponse[] = [];
    for await (const response of engine.engine.watchStats({ ids, intervalMilliseconds: 100 }, { signal: abort.signal })) {
      seen.push(response);
      if (await isLast(response)) break;
    }
    abort.abort();
    return seen;
  }

  it('come of all that run, also of those that start later', async () => {
    const first = await run(engine, ['sleep', '1000'], { name: 'first' });
    let later: string | undefined;
    const seen = await watch([], async ({ id }) => {
      later ??= (await run(engine, ['sleep', '1000'], { name: 'later' })).id;
      return id === later;
    });
    expect(seen[0]).toMatchObject({ id: first.id, name: 'first', stats: { pids: 1 } });
    expect(seen.at(-1)).toMatchObject({ id: later, name: 'later', read: expect.stringMatching(/^\d{4}-.*\.\d{9}Z$/) });
    for (const id of ['first', 'later']) await engine.containers.remove({ id, force: true });
  });

  it('tell the share of the CPUs by the difference of two', async () => {
    const { id } = await run(engine, ['sh', '-c', 'while :; do :; done'], { limits: { cpus: 0.2 } });
    const seen = await watch([id], ({ stats }) => (stats?.cpuUsage ?? 0n) > 300_000_000n);
    const [before, after] = [seen[0]?.stats, seen.at(-1)?.stats];
    const used = Number((after?.cpuUsage ?? 0n) - (before?.cpuUsage ?? 0n));
    const of = Number((after?.systemCpuUsage ?? 0n) - (before?.systemCpuUsage ?? 0n));
    const share = (used / of) * (after?.onlineCpus ?? 0);
    expect(share).toBeGreaterThan(0.02);
    expect(share).toBeLessThan(0.4);
    await engine.containers.remove({ id, force: true });
  });

  it('leave out the page cache that can be dropped', async () => {
    const script = 'dd if=/dev/zero of=/tmp/file bs=1M count=20 conv=fsync 2>/dev/null; echo written; exec sleep 1000';
    const { id } = await run(engine, ['sh', '-c', script], { mounts: [{ type: 'volume', source: 'stats', target: '/tmp' }] });
    await watch([id], ({ stats }) => stats?.pids === 1 && Number(readCgroup(cgroupPath({ id }), 'memory', 'memory.usage_in_bytes') ?? 1e9) > 20e6);
    expect((await engine.containers.stats({ id })).memoryUsage).toBeLessThan(10n << 20n);
    await engine.containers.remove({ id, force: true });
  });

  it('of named ones go on with zeros when they stop, and end when they are gone', async () => {
    const { id } = await run(engine, ['sleep', '1000']);
    let stopped = false;
    let removed = false;
    const seen = await watch([id.slice(0, 20)], async ({ stats }) => {
      if (!stopped) await engine.containers.kill({ id });
      stopped = true;
      if (!removed && stats?.pids === 0) {
        removed = true;
        await engine.containers.remove({ id });
      }
      return false;
    });
    expect(seen.at(-1)?.stats).toMatchObject({ pids: 0, cpuUsage: 0n });
  });

  it('come to each watcher, however slow another one is', async () => {
    const { id } = await run(engine, ['sleep', '1000']);
    const abort = new AbortController();
    const slow = engine.engine.watchStats({ ids: [id], intervalMilliseconds: 100 }, { signal: abort.signal })[Symbol.asyncIterator]();
    await slow.next();
    // Three that leave only after a sample that was taken after they came.
    const came = new Date().toISOString();
    const seen = await Promise.all(Array.from({ length: 3 }, () => watch([id], ({ read }) => read > came)));
    for (const samples of seen) expect(samples[0]?.id).toBe(id);
    abort.abort();
    await expect(slow.next().then(() => slow.next())).rejects.toThrow();
    await engine.containers.remove({ id, force: true });
  });

  it('refuse what makes no sense', async () => {
    const refused = (request: object): Promise<unknown> => engine.engine.watchStats(request)[Symbol.asyncIterator]().next();
    await expect(refused({ ids: ['nobody'] })).rejects.toMatchObject({ code: Status.NOT_FOUND });
    await expect(refused({ intervalMilliseconds: 99 })).rejects.toMatchObject({ code: Status.INVALID_ARGUMENT });
  });
});
