import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError, type ErrorKind, notFound, statusOfKind } from '@arcbox/errors';
import { SystemServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { ImageServiceDefinition } from '@arcbox/proto/arcbox/v1/image';
import { HealthCheckResponse_ServingStatus as Serving, HealthDefinition } from '@arcbox/proto/grpc/health/v1/health';
import { service } from '@arcbox/rpc';
import { eventually, type NatsServer, partly, startNats, temporaryRoot, type TemporaryRoot } from '@arcbox/testing';
import { ClientError, Metadata, ServerError, Status } from 'nice-grpc';
import { startWorker } from './worker.ts';

const kinds: ErrorKind[] = [
  ...(['aborted', 'already-exists', 'cancelled', 'data-loss', 'deadline-exceeded', 'failed-precondition'] as const),
  ...(['invalid-argument', 'not-found', 'out-of-range', 'permission-denied', 'resource-exhausted'] as const),
  ...(['unauthenticated', 'unavailable', 'unimplemented'] as const),
];

describe('serve', () => {
  let root: TemporaryRoot;
  let nats: NatsServer;
  beforeAll(async () => {
    nats = await startNats();
  });
  afterAll(() => nats[Symbol.asyncDispose]());
  beforeEach(() => {
    root = temporaryRoot();
  });
  afterEach(() => root[Symbol.asyncDispose]());
  const options = (): { root: TemporaryRoot; natsUrl: string } => ({ root, natsUrl: nats.url });

  /** Fails as the id says. */
  const failing = partly(ContainerServiceDefinition, {
    async inspect({ id }) {
      if (id === 'bug') throw new TypeError('secret of the house');
      if (id === 'status') throw new ServerError(Status.OUT_OF_RANGE, 'as it is');
      if (id === 'disk') throw Object.assign(new Error('write'), { code: 'ENOSPC' });
      if (id === 'internal') throw new EngineError('internal', 'details of the house');
      if (id === 'other bug') throw new ClientError('/a.B/C', Status.INTERNAL, 'internal error (request 1)');
      if (id === 'other') throw new ClientError('/a.B/C', Status.NOT_FOUND, 'no such image: x');
      throw new EngineError(id as ErrorKind, `words of ${id}`, { cause: new Error('secret of the house') });
    },
    async *logs() {
      yield { stream: 'stdout' };
      throw notFound('no such container: x');
    },
  });

  it('gives each kind of error its status and its words', async () => {
    await using worker = await startWorker('containers', [failing], options());
    const client = worker.client(ContainerServiceDefinition);
    for (const kind of kinds) {
      const code = statusOfKind(kind);
      await expect(client.inspect({ id: kind })).rejects.toMatchObject({ code, details: `words of ${kind}` });
    }
    await expect(client.inspect({ id: 'status' })).rejects.toMatchObject({ code: Status.OUT_OF_RANGE, details: 'as it is' });
    await expect(client.inspect({ id: 'disk' })).rejects.toMatchObject({ details: 'the engine: no space left on device' });
    await expect(client.inspect({ id: 'other' })).rejects.toMatchObject({ code: Status.NOT_FOUND, details: 'no such image: x' });
    const read = async (): Promise<void> => {
      for await (const _ of client.logs({}));
    };
    await expect(read()).rejects.toMatchObject({ code: Status.NOT_FOUND, details: 'no such container: x' });
  });

  it('keeps what is unexpected to itself and its log', async () => {
    await using worker = await startWorker('containers', [failing], options());
    const client = worker.client(ContainerServiceDefinition);
    for (const id of ['bug', 'internal', 'other bug']) {
      const metadata = Metadata({ 'x-request-id': `id of ${id}` });
      await expect(client.inspect({ id }, { metadata })).rejects.toMatchObject({
        code: Status.INTERNAL,
        details: `internal error (request id of ${id})`,
      });
    }
    const logged = worker.lines.filter(({ level }) => level === 'error');
    expect(logged.map(({ fields }) => fields['requestId'])).toEqual(['id of bug', 'id of internal', 'id of other bug']);
    expect(logged[0]).toMatchObject({
      message: 'call failed',
      fields: { method: '/arcbox.v1.ContainerService/Inspect', error: { message: 'secret of the house' } },
    });
  });

  it('is UNAVAILABLE until it is ready, but for services that answer early', async () => {
    const early = service(SystemServiceDefinition, partly(SystemServiceDefinition, { ping: async () => ({}) }).implementation as never, { early: true });
    await using worker = await startWorker('containers', [failing, early], { ...options(), ready: false });
    const client = worker.client(ContainerServiceDefinition);
    const starting = { code: Status.UNAVAILABLE, details: 'containers is starting' };
    await expect(client.inspect({ id: 'not-found' })).rejects.toMatchObject(starting);
    const read = async (): Promise<void> => {
      for await (const _ of client.logs({}));
    };
    await expect(read()).rejects.toMatchObject(starting);
    await worker.client(SystemServiceDefinition).ping({});
    const health = worker.client(HealthDefinition);
    const seen: Serving[] = [];
    const watching = (async () => {
      for await (const { status } of health.watch({ service: 'arcbox.v1.ContainerService' })) seen.push(status);
    })();
    await eventually(() => expect(seen).toEqual([Serving.NOT_SERVING]));
    worker.server.ready();
    await expect(client.inspect({ id: 'not-found' })).rejects.toMatchObject({ code: Status.NOT_FOUND });
    await eventually(() => expect(seen).toEqual([Serving.NOT_SERVING, Serving.SERVING]));
    expect(await health.check({ service: 'arcbox.v1.ContainerService' })).toEqual({ status: Serving.SERVING });
    await expect(health.check({ service: 'arcbox.v1.ImageService' })).rejects.toMatchObject({ code: Status.NOT_FOUND });
    expect(Object.keys((await health.list({})).statuses)).toEqual(['', 'arcbox.v1.ContainerService', 'arcbox.v1.SystemService']);
    await worker[Symbol.asyncDispose]();
    await watching;
    expect(seen).toEqual([Serving.NOT_SERVING, Serving.SERVING, Serving.NOT_SERVING]);
  });

  it('answers with the request id, and hands it on to other workers', async () => {
    const ids: string[] = [];
    const images = partly(ImageServiceDefinition, {
      async exists(_, { requestId }) {
        ids.push(requestId);
        return {};
      },
    });
    await using other = await startWorker('images', [images], options());
    await using worker = await startWorker(
      'containers',
      ({ clients }) => [
        partly(ContainerServiceDefinition, {
          async inspect({ id }, { requestId }) {
            // Calls that overlap keep theirs apart.
            await sleep(Number(id));
            await (await clients.of(ImageServiceDefinition)).exists({});
            return { id: requestId };
          },
        }),
      ],
      options(),
    );
    await eventually(() => expect(worker.host.directory.replicas('images')).toHaveLength(1));
    const client = worker.client(ContainerServiceDefinition);
    const headers: (string | undefined)[] = [];
    const calls = [30, 20, 10, 0].map(async (id) => {
      const metadata = Metadata({ 'x-request-id': `call ${id}` });
      const onHeader = (header: Metadata): void => void headers.push(header.get('x-request-id'));
      return (await client.inspect({ id: String(id) }, { metadata, onHeader })).id;
    });
    expect(await Promise.all(calls)).toEqual(['call 30', 'call 20', 'call 10', 'call 0']);
    expect(headers.sort()).toEqual(['call 0', 'call 10', 'call 20', 'call 30']);
    expect(ids.sort()).toEqual(headers);
    expect((await client.inspect({ id: '0' })).id).toMatch(/^[0-9a-f-]{36}$/);
    expect(other.lines).toEqual([]);
  });

  it('stopping: calls finish, streams are told, and it takes no longer than it must', async () => {
    const containers = partly(ContainerServiceDefinition, {
      async stop(_, { signal }) {
        await sleep(300, undefined, { signal });
        return {};
      },
      async wait(_, { signal }) {
        await sleep(60_000, undefined, { signal });
        return {};
      },
      async kill() {
        // Deaf to its signal.
        await sleep(5_000, undefined, { ref: false });
        return {};
      },
      async *logs(_, { signal }) {
        yield {};
        await sleep(60_000, undefined, { signal });
      },
    });
    const worker = await startWorker('containers', [containers], options());
    const client = worker.client(ContainerServiceDefinition);
    const read = async (): Promise<void> => {
      for await (const _ of client.logs({}));
    };
    const stopping = { code: Status.UNAVAILABLE, details: 'the worker is stopping' };
    const told = Promise.all([
      expect(read()).rejects.toMatchObject(stopping),
      expect(client.wait({})).rejects.toMatchObject(stopping),
      expect(client.kill({})).rejects.toMatchObject({ code: expect.any(Number) }),
    ]);
    const finishing = client.stop({});
    await sleep(100);
    const started = performance.now();
    const stopped = worker[Symbol.asyncDispose]();
    await finishing;
    await Promise.all([told, stopped]);
    expect(performance.now() - started).toBeLessThan(4_000);

    const idle = await startWorker('containers', [containers], options());
    await idle.client(ContainerServiceDefinition).stop({});
    const again = performance.now();
    await idle[Symbol.asyncDispose]();
    expect(performance.now() - again).toBeLessThan(1_000);
  });
});
