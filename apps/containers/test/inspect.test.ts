import { existsSync } from 'node:fs';
import { status as Status } from '@grpc/grpc-js';
import { describeIf, eventually } from '@arcbox/testing';
import { needs, startEngine, type TestEngine } from './engine.ts';

type CreateRequest = Parameters<TestEngine['engine']['create']>[0];

const options = {
  restartPolicy: { name: 'on-failure', maximumRetries: 3 },
  ulimits: [{ name: 'nofile', soft: 100n, hard: 200n }],
  pidsLimit: 60n,
  cpusetCpus: '0',
  cpusetMems: '0',
  memoryReservation: 8n << 20n,
  oomScoreAdj: 5,
  blkioWeight: 300,
  deviceReadBps: [{ path: '/dev/loop0', value: 1n << 20n }],
  deviceWriteBps: [{ path: '/dev/loop0', value: 2n << 20n }],
  deviceReadIops: [{ path: '/dev/loop0', value: 100n }],
  deviceWriteIops: [{ path: '/dev/loop0', value: 200n }],
  log: { driver: 'local', maxBytes: 50_000n, maxFiles: 4 },
  capAdd: ['SYS_TIME'],
  readOnly: true,
  domainname: 'example.test',
  shmBytes: 1n << 20n,
  stopSignal: 'USR1',
  stopTimeoutSeconds: 3,
  dns: ['192.0.2.53'],
  extraHosts: ['db:192.0.2.7'],
  healthCheck: { test: ['CMD', 'true'], intervalNanos: 60_000_000_000n },
};

const limits = { memoryBytes: 64n << 20n, memorySwap: -1n, cpuShares: 512n, cpus: 0.5 };

describeIf(needs, 'inspect', () => {
  let engine: TestEngine;
  beforeAll(async () => (engine = await startEngine()));
  afterAll(() => engine[Symbol.asyncDispose]());

  it('tells everything as it was asked for, and as it is', async () => {
    const request: CreateRequest = {
      container: { image: 'busybox', name: 'whole', cmd: ['sleep', '1000'], limits, ports: [{ containerPort: 80, hostPort: 8080 }], labels: { a: 'b' } },
      options,
    };
    const { id } = await engine.engine.create(request);
    const created = await engine.engine.inspect({ id: 'whole' });
    expect(created).toMatchObject({ options: { ...options, capAdd: expect.any(Array), stopSignal: '10' }, restartCount: 0, autoRemove: false });
    expect(created.options?.capAdd.map((name) => name.replace('CAP_', ''))).toEqual(['SYS_TIME']);
    expect(created).toMatchObject({ limits: { ...limits, cpuQuota: 0n, cpuPeriod: 0n }, networkMode: 'bridge', ports: [] });
    // Few disks have a scheduler that knows weights.
    const blkioWeightDevices = [{ path: '/dev/loop0', value: 200n }];
    const weighted = await engine.engine.create({ container: { image: 'busybox', cmd: ['true'] }, options: { blkioWeightDevices } });
    expect(await engine.engine.inspect({ id: weighted.id })).toMatchObject({ options: { blkioWeightDevices } });
    expect(created.portBindings).toMatchObject([{ containerPort: 80, hostPort: 8080, protocol: 'tcp' }]);
    expect(created.info).toMatchObject({ id, name: '/whole', config: { domainname: 'example.test', labels: { a: 'b' } } });
    expect(created.info).toEqual(await engine.containers.inspect({ id }));
    expect(existsSync(created.logPath)).toBe(true);
    await engine.containers.start({ id });
    await engine.engine.update({ id, limits: { memoryBytes: 32n << 20n }, pidsLimit: 70n, restartPolicy: { name: 'always' } });
    const running = await engine.engine.inspect({ id });
    expect(running).toMatchObject({ limits: { memoryBytes: 32n << 20n }, options: { pidsLimit: 70n, restartPolicy: { name: 'always', maximumRetries: 0 } } });
    expect(running.ports).toMatchObject([{ containerPort: 80, hostPort: 8080 }]);
    expect(running.networks).toMatchObject([{ attachment: { network: 'bridge' } }]);
    expect(running.health?.status).toMatch(/^(starting|healthy)$/);
    expect(running.imageId).toMatch(/^sha256:/);
    await engine.containers.remove({ id, force: true });
  });

  it('of a container without wishes can be made into another one', async () => {
    const { id } = await engine.containers.create({ image: 'busybox', cmd: ['true'] });
    const { options: plain, health, limits: none } = await engine.engine.inspect({ id });
    expect(health).toBeUndefined();
    const { id: again } = await engine.engine.create({ container: { image: 'busybox', cmd: ['true'], limits: none }, options: plain });
    expect((await engine.engine.inspect({ id: again })).options).toEqual(plain);
  });

  it('counts restarts, sizes and processes of Exec', async () => {
    const { id } = await engine.engine.create({
      container: { image: 'busybox', cmd: ['sh', '-c', 'echo x >> /count; test $(wc -l < /count) -gt 2 || exit 1; head -c 10000 /dev/zero > /file; sleep 1000'] },
      options: { restartPolicy: { name: 'always' }, log: { driver: 'none' } },
    });
    await engine.containers.start({ id });
    await eventually(async () => {
      const { sizeRw, sizeRootFs, ...rest } = await engine.engine.inspect({ id, size: true });
      expect(rest).toMatchObject({ restartCount: 2, logPath: '' });
      // The files, and directories that are above mounts.
      expect(sizeRw).toBeGreaterThanOrEqual(10_006n);
      expect(sizeRw).toBeLessThan(40_000n);
      expect(sizeRootFs).toBe(sizeRw + 1000n);
    });
    const abort = new AbortController();
    const { id: exec } = await engine.containers.execCreate({ containerId: id, cmd: ['sleep', '1000'] });
    await engine.containers.execStart({ id: exec, detach: true }, { signal: abort.signal })[Symbol.asyncIterator]().next();
    expect((await engine.engine.inspect({ id })).execIds).toEqual([exec]);
    expect((await engine.engine.inspect({ id })).sizeRw).toBe(0n);
    await engine.containers.stop({ id, timeout: 1 });
    await eventually(async () => expect((await engine.engine.inspect({ id })).execIds).toEqual([]));
    await expect(engine.engine.inspect({ id: 'nobody' })).rejects.toMatchObject({ code: Status.NOT_FOUND });
  });
});
