import { setTimeout as sleep } from 'node:timers/promises';
import { failedPrecondition, unavailable } from '@arcbox/errors';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { type NatsServer, partly, startNats, temporaryRoot, type TemporaryRoot } from '@arcbox/testing';
import { type Client, Metadata, Status } from 'nice-grpc';
import { startWorker, type Worker } from './worker.ts';

const withKey = (key: string): { metadata: Metadata } => ({ metadata: Metadata({ 'x-idempotency-key': key }) });

describe('idempotency keys', () => {
  let root: TemporaryRoot;
  let nats: NatsServer;
  let replicas: Worker[];
  let clients: Client<typeof ContainerServiceDefinition>[];
  let done = 0;
  let failing = false;
  let dying = false;

  beforeAll(async () => {
    root = temporaryRoot();
    nats = await startNats();
    const containers = partly(ContainerServiceDefinition, {
      async create({ name }, { keyed }) {
        if (failing) throw failedPrecondition('not now');
        const number = ++done;
        if (dying) keyed?.keep({ id: `${name} ${number}`, warnings: [] });
        if (dying) throw unavailable('the worker has died');
        await sleep(30);
        return { id: `${name} ${number}` };
      },
    });
    const start = (replica: string): Promise<Worker> =>
      startWorker('containers', [containers], { root, natsUrl: nats.url, replica, store: true });
    replicas = [await start('0'), await start('1')];
    clients = replicas.map((replica) => replica.client(ContainerServiceDefinition));
  });
  afterAll(async () => {
    for (const replica of replicas) await replica[Symbol.asyncDispose]();
    await nats[Symbol.asyncDispose]();
    await root[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    done = 0;
  });

  it('the first answer is given again, by every replica, also to calls at the same time', async () => {
    const calls = [...clients, ...clients, ...clients].map((client) => client.create({ name: 'a' }, withKey('k1')));
    expect(new Set((await Promise.all(calls)).map(({ id }) => id))).toEqual(new Set(['a 1']));
    expect((await clients[1]?.create({ name: 'a' }, withKey('k1')))?.id).toBe('a 1');
    expect(done).toBe(1);
  });

  it('another key, or none, does it again', async () => {
    expect((await clients[0]?.create({ name: 'a' }, withKey('k2')))?.id).toBe('a 1');
    expect((await clients[0]?.create({ name: 'a' }, withKey('k3')))?.id).toBe('a 2');
    expect((await clients[0]?.create({ name: 'a' }))?.id).toBe('a 3');
  });

  it('the same key for another request is refused', async () => {
    await clients[0]?.create({ name: 'a' }, withKey('k4'));
    await expect(clients[1]?.create({ name: 'b' }, withKey('k4'))).rejects.toMatchObject({
      code: Status.INVALID_ARGUMENT,
      details: 'idempotency key k4 was used for another request',
    });
    expect(done).toBe(1);
  });

  it('a failure is not remembered', async () => {
    failing = true;
    await expect(clients[0]?.create({ name: 'a' }, withKey('k5'))).rejects.toMatchObject({ code: Status.FAILED_PRECONDITION });
    failing = false;
    expect((await clients[1]?.create({ name: 'a' }, withKey('k5')))?.id).toBe('a 1');
  });

  it('what was kept with the work is given again, though it was never said', async () => {
    dying = true;
    await expect(clients[0]?.create({ name: 'a' }, withKey('k6'))).rejects.toMatchObject({ code: Status.UNAVAILABLE });
    dying = false;
    expect((await clients[1]?.create({ name: 'a' }, withKey('k6')))?.id).toBe('a 1');
    expect(done).toBe(1);
  });

  it('a key has a bound', async () => {
    await expect(clients[0]?.create({ name: 'a' }, withKey('k'.repeat(257)))).rejects.toMatchObject({
      code: Status.INVALID_ARGUMENT,
      details: 'the idempotency key is longer than 256 characters',
    });
  });
});
