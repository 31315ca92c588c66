import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { unavailable } from '@arcbox/errors';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { ImageServiceDefinition } from '@arcbox/proto/arcbox/v1/image';
import { VolumeServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { bundle, type ChildServer, eventually, startProcess, temporaryRoot, partly } from '@arcbox/testing';
import { Status } from 'nice-grpc';
import { type Engine, startEngine } from './engine.ts';

const programs = temporaryRoot();
let program: string;
beforeAll(() => {
  program = bundle(join(import.meta.dirname, 'worker-process.ts'), programs.path);
});
afterAll(() => programs[Symbol.asyncDispose]());

function startReplica(engine: Engine, replica: string): Promise<ChildServer> {
  return startProcess(process.execPath, [program], {
    env: { ARCBOX_ROOT: engine.root.path, ARCBOX_NATS_URL: engine.nats.url, ARCBOX_REPLICA: replica, ARCBOX_USER: '' },
  });
}

/** Calls that a replica has got and does not answer. */
const timesAsked = (replica: ChildServer): number => replica.output().split('asked something slow').length - 1;

describe('replicas', () => {
  it('takes them in turn, passes over a killed one, and over a stopped one', async () => {
    await using engine = await startEngine();
    await using _first = await startReplica(engine, '0');
    await using second = await startReplica(engine, '1');
    await using third = await startReplica(engine, '2');
    await engine.found('containers', 3);
    const containers = engine.client(ContainerServiceDefinition);
    const answers = async (count: number): Promise<string[]> => {
      const names: string[] = [];
      for (let i = 0; i < count; i++) names.push((await containers.inspect({ id: 'x' })).name);
      return names;
    };
    await eventually(async () => expect(new Set(await answers(6)).size).toBe(3));
    const six = await answers(6);
    for (const name of ['containers-0', 'containers-1', 'containers-2']) expect(six.filter((each) => each === name)).toHaveLength(2);

    await second.kill('SIGKILL');
    for (let i = 0; i < 20; i++) await containers.stop({ id: 'x' });
    expect(new Set(await answers(6))).toEqual(new Set(['containers-0', 'containers-2']));

    process.kill(third.pid, 'SIGSTOP');
    await eventually(async () => {
      const times = await Promise.all(
        [1, 2, 3, 4].map(() => Promise.race([containers.inspect({ id: 'x' }).then(({ name }) => name), sleep(200, 'late')])),
      );
      expect(times).toEqual(Array(4).fill('containers-0'));
    });
    process.kill(third.pid, 'SIGCONT');
    await eventually(async () => expect(new Set(await answers(4)).size).toBe(2));
  });

  it('says that a worker went away during a call, and makes a call that changes nothing again elsewhere', async () => {
    await using engine = await startEngine();
    await using first = await startReplica(engine, '0');
    await using second = await startReplica(engine, '1');
    await engine.found('containers', 2);
    const containers = engine.client(ContainerServiceDefinition);
    const reading = [1, 2, 3, 4].map(() => containers.inspect({ id: 'slow on containers-0' }));
    const changing = [1, 2, 3, 4].map(() => containers.stop({ id: 'slow on containers-0' }));
    const ends = Promise.allSettled(changing);
    await eventually(() => expect(timesAsked(first)).toBe(4));
    await first.kill('SIGKILL');
    expect((await Promise.all(reading)).map(({ name }) => name)).toEqual(Array(4).fill('containers-1'));
    const lost = (await ends).filter((end) => end.status === 'rejected');
    expect(lost).toHaveLength(2);
    for (const { reason } of lost) {
      expect(reason).toMatchObject({ code: Status.UNAVAILABLE, details: 'the containers worker went away during the call' });
    }
    const last = containers.inspect({ id: 'slow' });
    last.catch(() => {});
    await eventually(() => expect(timesAsked(second)).toBe(1));
    await second.kill('SIGKILL');
    await expect(last).rejects.toMatchObject({ details: 'the containers worker went away during the call' });
  });

  it('finds a restarted worker again, also while the bus is away', async () => {
    await using engine = await startEngine();
    const first = await startReplica(engine, '0');
    await engine.found('containers', 1);
    const containers = engine.client(ContainerServiceDefinition);
    await eventually(() => containers.inspect({ id: 'x' }));
    await engine.nats.stop();
    await first.kill('SIGKILL');
    const started = performance.now();
    await expect(containers.inspect({ id: 'x' })).rejects.toMatchObject({ code: Status.UNAVAILABLE, details: 'no containers worker is running' });
    expect(performance.now() - started).toBeLessThan(1_000);
    await using _again = await startReplica(engine, '0');
    expect((await eventually(() => containers.inspect({ id: 'x' }))).name).toBe('containers-0');
  });

  it('says at once when nobody serves', async () => {
    await using engine = await startEngine();
    const started = performance.now();
    const call = engine.client(VolumeServiceDefinition).list({});
    await expect(call).rejects.toMatchObject({ code: Status.UNAVAILABLE, details: 'no volumes worker is running' });
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it("passes a worker's own UNAVAILABLE as it is, and does not call again", async () => {
    await using engine = await startEngine();
    let calls = 0;
    const images = partly(ImageServiceDefinition, {
      async list() {
        calls++;
        throw unavailable('the registry is away');
      },
    });
    await engine.worker('images', [images]);
    await engine.worker('images', [images], { replica: '1' });
    await expect(engine.client(ImageServiceDefinition).list({})).rejects.toMatchObject({ details: 'the registry is away' });
    expect(calls).toBe(1);
  });

  it('prefers a replica that is ready to one that is starting', async () => {
    await using engine = await startEngine();
    const images = partly(ImageServiceDefinition, { list: async () => ({}) });
    await engine.worker('images', [images], { replica: '0', ready: false });
    const client = engine.client(ImageServiceDefinition);
    await expect(client.list({})).rejects.toMatchObject({ code: Status.UNAVAILABLE, details: 'images is starting' });
    await engine.worker('images', [images], { replica: '1' });
    await eventually(() => client.list({}));
    for (let i = 0; i < 10; i++) await client.list({});
  });
});
