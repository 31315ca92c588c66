import { readFileSync } from 'node:fs';
import { status as Status } from '@grpc/grpc-js';
import type { CreateOptions } from '@arcbox/proto/arcbox/engine/v1/container';
import { describeIf, eventually } from '@arcbox/testing';
import { isUnified, readCgroup } from '../src/runtime/cgroup.ts';
import { cgroupPath } from '../src/spec/cgroup-path.ts';
import { attachTo, collect, historyOf, needs, never, startEngine, type TestEngine, textOf } from './engine.ts';
import { kernelBandwidth, kernelLimit, kernelSwap } from './kernel-limits.ts';

type Container = NonNullable<Parameters<TestEngine['engine']['create']>[0]['container']>;

const mebibyte = 1n << 20n;

async function start({ engine, containers }: TestEngine, cmd: string[], options: Partial<CreateOptions>, container: Container = {}): Promise<string> {
  const { id } = await engine.create({ container: { image: 'busybox', cmd, ...container }, options });
  await containers.start({ id });
  return id;
}

describeIf(needs, 'resources of a container', () => {
  let engine: TestEngine;
  beforeAll(async () => (engine = await startEngine()));
  afterAll(() => engine[Symbol.asyncDispose]());

  it('are what the kernel enforces', async () => {
    const options = { pidsLimit: 50n, cpusetCpus: '0', cpusetMems: '0', memoryReservation: 16n * mebibyte, oomScoreAdj: 321, blkioWeight: 300 };
    const limits = { memoryBytes: 32n * mebibyte, memorySwap: 48n * mebibyte, cpus: 0.5 };
    const id = await start(engine, ['sleep', '1000'], options, { limits });
    expect(kernelLimit(id, 'pids')).toBe('50');
    expect(kernelLimit(id, 'cpus')).toBe('0');
    expect(kernelLimit(id, 'mems')).toBe('0');
    expect(kernelLimit(id, 'memory')).toBe(String(32n * mebibyte));
    expect(kernelLimit(id, 'reservation')).toBe(String(16n * mebibyte));
    expect([undefined, String(48n * mebibyte)]).toContain(kernelSwap(id));
    expect(kernelBandwidth(id)).toEqual({ quota: 50_000, period: 100_000 });
    const { state } = await engine.containers.inspect({ id });
    expect(readFileSync(`/proc/${state?.pid}/oom_score_adj`, 'utf8').trim()).toBe('321');
    await engine.containers.remove({ id, force: true });
  });

  it('of block devices are found at the start, and limited in the kernel', async () => {
    const device = (value: bigint) => [{ path: '/dev/loop0', value }];
    const options = { deviceReadBps: device(mebibyte), deviceWriteBps: device(2n * mebibyte), deviceReadIops: device(100n), deviceWriteIops: device(200n) };
    const id = await start(engine, ['sleep', '1000'], options);
    const read = (file: string): string | undefined => readCgroup(cgroupPath({ id }), 'blkio', file);
    const throttle = ['read_bps', 'write_bps', 'read_iops', 'write_iops'].map((name) => read(`blkio.throttle.${name}_device`));
    if (isUnified()) expect(read('io.max')).toBe(`7:0 rbps=${mebibyte} wbps=${2n * mebibyte} riops=100 wiops=200`);
    else expect(throttle).toEqual([`7:0 ${mebibyte}`, `7:0 ${2n * mebibyte}`, '7:0 100', '7:0 200']);
    await engine.containers.remove({ id, force: true });
    for (const path of ['/dev/absent', '/dev/null']) {
      const { id: bad } = await engine.engine.create({ container: { image: 'busybox', cmd: ['true'] }, options: { deviceReadBps: [{ path, value: 1n }] } });
      await expect(engine.containers.start({ id: bad })).rejects.toThrow(/FAILED_PRECONDITION: .*\/dev\/(absent cannot be looked up: .*|null is no block device)/);
    }
  });

  it('of processes are those of setrlimit', async () => {
    const ulimits = [{ name: 'nofile', soft: 99n, hard: 111n }, { name: 'core', soft: 0n, hard: -1n }, { name: 'stack', soft: -1n, hard: -1n }];
    const id = await start(engine, ['cat', '/proc/self/limits'], { ulimits });
    await engine.containers.wait({ id });
    const limits = textOf(await collect(engine.containers.logs({ containerId: id })));
    expect(limits).toMatch(/^Max open files +99 +111 /m);
    expect(limits).toMatch(/^Max core file size +0 +unlimited /m);
    expect(limits).toMatch(/^Max stack size +unlimited +unlimited /m);
  });

  it('that only cgroup v1 has are set there, and told of elsewhere', async () => {
    const request = { container: { image: 'busybox', cmd: ['sleep', '1000'], limits: { memoryBytes: 32n * mebibyte } } };
    const { id, warnings } = await engine.engine.create({ ...request, options: { oomKillDisable: true, memorySwappiness: 7 } });
    expect(warnings.filter((warning) => warning.includes('cgroup v2'))).toHaveLength(isUnified() ? 2 : 0);
    await engine.containers.start({ id });
    const read = (file: string): string | undefined => readCgroup(cgroupPath({ id }), 'memory', file);
    if (!isUnified()) expect([read('memory.swappiness'), read('memory.oom_control')]).toEqual(['7', expect.stringContaining('oom_kill_disable 1')]);
    await engine.containers.remove({ id, force: true });
  });

  it('that make no sense, or that this host does not have, are refused and leave nothing', async () => {
    const refused: [Partial<CreateOptions>, Status, string][] = [
      [{ cpusetCpus: '8000' }, Status.INVALID_ARGUMENT, 'cpuset_cpus asks for 8000'],
      [{ cpusetMems: 'x' }, Status.INVALID_ARGUMENT, 'cpuset_mems is not a list'],
      [{ ulimits: [{ name: 'nofile', soft: 2n, hard: 1n }] }, Status.INVALID_ARGUMENT, 'is above the hard limit'],
      [{ ulimits: [{ name: 'nofile', soft: 1n, hard: 1n << 50n }] }, Status.FAILED_PRECONDITION, 'the kernel of this host allows at most'],
      [{ pidsLimit: -5n }, Status.INVALID_ARGUMENT, 'pids_limit must be'],
      [{ memorySwappiness: 101 }, Status.INVALID_ARGUMENT, 'memory_swappiness must be'],
      [{ log: { driver: 'syslog', maxBytes: 0n, maxFiles: 0 } }, Status.INVALID_ARGUMENT, 'unknown log driver: syslog'],
    ];
    for (const [options, code, details] of refused) {
      const creating = engine.engine.create({ container: { image: 'busybox', name: 'refused', cmd: ['true'] }, options });
      await expect(creating).rejects.toMatchObject({ code, details: expect.stringContaining(details) });
    }
    await expect(engine.containers.inspect({ id: 'refused' })).rejects.toMatchObject({ code: Status.NOT_FOUND });
  });

  it('bound the log', async () => {
    const script = 'for i in $(seq 250); do echo line-$i-$(printf %080d 0); sleep 0.01; done';
    const id = await start(engine, ['sh', '-c', script], { log: { driver: 'local', maxBytes: 4096n, maxFiles: 2 } });
    await engine.containers.wait({ id });
    const lines = textOf(await collect(engine.containers.logs({ containerId: id }))).split('\n').filter(Boolean);
    expect(lines.at(-1)).toContain('line-250-');
    expect(lines[0]).not.toContain('line-1-');
  });

  it('without a log: those who are attached see everything, and afterwards nothing is there', async () => {
    const { id } = await engine.engine.create({
      container: { image: 'busybox', cmd: ['sh', '-c', 'echo seen; exit 4'] },
      options: { log: { driver: 'none', maxBytes: 0n, maxFiles: 0 } },
    });
    const attached = collect(engine.containers.attach(never(), { metadata: attachTo(id) }));
    // The event tells that the log is open.
    await eventually(async () => expect((await historyOf(engine)).map(({ action, actor }) => [actor?.id, action])).toContainEqual([id, 'attach']));
    await engine.containers.start({ id });
    expect((await attached).map(({ data }) => Buffer.from(data).toString()).join('')).toBe('seen\n');
    const refusal = { code: Status.FAILED_PRECONDITION, details: expect.stringContaining('its log driver is none') };
    await expect(collect(engine.containers.logs({ containerId: id }))).rejects.toMatchObject(refusal);
    await expect(collect(engine.containers.attach(never(), { metadata: attachTo(id, true) }))).rejects.toMatchObject(refusal);
    await eventually(() => expect(readFileSync(`${engine.root.path}/containers/${id}/container.log`, 'utf8')).toBe(''));
  });
});
