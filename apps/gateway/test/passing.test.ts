import { setTimeout as sleep } from 'node:timers/promises';
import { type ClientDuplexStream, Metadata, status, type StatusObject } from '@grpc/grpc-js';
import { notFound } from '@arcbox/errors';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { ImageStoreServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/image';
import { partly } from '@arcbox/testing';
import { Metadata as NiceMetadata } from 'nice-grpc';
import { type Engine, startEngine } from './engine.ts';

const bytes = (value: Buffer): Buffer => value;

describe('passing calls', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine();
    const containers = partly(ContainerServiceDefinition, {
      async inspect({ id }, { metadata, trailer, header }) {
        for (const name of ['x-container-id', 'x-attach-logs']) header.set(`saw-${name}`, metadata.getAll(name).join('|'));
        header.set('saw-blob-bin', metadata.getAll('blob-bin') as never);
        trailer.set('x-exec-exit-code', '42');
        trailer.set('many', ['a', 'b']);
        trailer.set('grpc-status-details-bin', Buffer.from([0, 255, 1, 254]));
        if (id === 'missing') throw notFound('no such container: größer 100% €');
        return { id };
      },
      async kill(_, { signal }) {
        await sleep(60_000, undefined, { signal });
        return {};
      },
      async *attach(input) {
        for await (const { data } of input) yield { stream: 'stdout', data };
        yield { stream: 'stderr', data: Buffer.from('late') };
      },
      async *logs(_, { signal }) {
        await sleep(60_000, undefined, { signal });
        yield {};
      },
    });
    const store = partly(ImageStoreServiceDefinition, {
      async import(requests) {
        let size = 0;
        for await (const { data } of requests) size += data.length;
        return { images: [{ id: String(size), names: [] }] };
      },
    });
    await engine.worker('containers', [containers]);
    await engine.worker('images', [store]);
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  it('unary: message, metadata, binary metadata, headers and trailers', async () => {
    const containers = engine.client(ContainerServiceDefinition);
    let header: NiceMetadata | undefined;
    let trailer: NiceMetadata | undefined;
    const metadata = NiceMetadata({ 'x-container-id': 'abc', 'x-attach-logs': ['1', '2'], 'x-request-id': 'mine' });
    metadata.set('blob-bin', Buffer.from([1, 0, 255]));
    const answer = await containers.inspect({ id: 'x' }, { metadata, onHeader: (h) => (header = h), onTrailer: (t) => (trailer = t) });
    expect(answer.id).toBe('x');
    expect(header?.get('saw-x-container-id')).toBe('abc');
    // Joined by the worker's HTTP/2, as in a direct call.
    expect(header?.get('saw-x-attach-logs')).toBe('1, 2');
    expect(header?.get('saw-blob-bin')).toEqual(Buffer.from([1, 0, 255]));
    expect(header?.get('x-request-id')).toBe('mine');
    expect(header?.getAll('date').length).toBeLessThan(2);
    expect(trailer?.get('x-exec-exit-code')).toBe('42');
    expect(trailer?.getAll('many')).toEqual(['a, b']);
    expect(trailer?.get('grpc-status-details-bin')).toEqual(Buffer.from([0, 255, 1, 254]));
  });

  it('makes a request id and passes errors with their words and details', async () => {
    const containers = engine.client(ContainerServiceDefinition);
    let id: string | undefined;
    let details: Buffer | undefined;
    const call = containers.inspect(
      { id: 'missing' },
      {
        onHeader: (h) => (id = h.get('x-request-id')),
        onTrailer: (t) => (details = t.get('grpc-status-details-bin') as Buffer),
      },
    );
    await expect(call).rejects.toMatchObject({ code: status.NOT_FOUND, details: 'no such container: größer 100% €' });
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(details).toEqual(Buffer.from([0, 255, 1, 254]));
  });

  it('client stream, bidi stream with half-close', async () => {
    const store = engine.client(ImageStoreServiceDefinition);
    const chunk = Buffer.alloc(100_000, 1);
    const answer = await store.import(
      (async function* () {
        for (let i = 0; i < 200; i++) yield { data: chunk };
      })(),
    );
    expect(answer.images[0]?.id).toBe('20000000');
    const containers = engine.client(ContainerServiceDefinition);
    const seen: string[] = [];
    const output = containers.attach(
      (async function* () {
        yield { data: Buffer.from('one') };
        await sleep(20);
        yield { data: Buffer.from('two') };
      })(),
    );
    for await (const { data } of output) seen.push(data.toString());
    expect(seen).toEqual(['one', 'two', 'late']);
  });

  it('sends headers of an idle stream at once', async () => {
    const call = engine.raw().makeServerStreamRequest('/arcbox.v1.ContainerService/Logs', bytes, bytes, Buffer.alloc(0), new Metadata());
    call.on('error', () => {});
    const started = performance.now();
    const header = await new Promise<Metadata>((resolve) => call.once('metadata', resolve));
    expect(header.get('x-request-id')).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(1_000);
    call.cancel();
  });

  it('passes the deadline on, and ends with it', async () => {
    const call = engine.raw().makeUnaryRequest('/arcbox.v1.ContainerService/Kill', bytes, bytes, Buffer.alloc(0), new Metadata(), { deadline: Date.now() + 200 }, () => {});
    const end = await new Promise<StatusObject>((resolve) => call.once('status', resolve));
    expect(end.code).toBe(status.DEADLINE_EXCEEDED);
  });

  it('unknown service and method are UNIMPLEMENTED by name', async () => {
    const end = (path: string): Promise<StatusObject> =>
      new Promise((resolve) => {
        engine.raw().makeUnaryRequest(path, bytes, bytes, Buffer.alloc(0), () => {}).once('status', resolve);
      });
    expect(await end('/arcbox.v1.Nothing/Do')).toMatchObject({ code: 12, details: 'unknown service arcbox.v1.Nothing' });
    expect(await end('/arcbox.v1.ImageService/Do')).toMatchObject({ code: 12, details: 'unknown method Do of arcbox.v1.ImageService' });
    expect(await end('/arcbox.engine.v1.SandboxService/List')).toMatchObject({ code: 12 });
  });

  it('ends a client that goes on sending after the answer', async () => {
    const call: ClientDuplexStream<Buffer, Buffer> = engine.raw().makeBidiStreamRequest('/arcbox.v1.ContainerService/Inspect', bytes, bytes, new Metadata());
    call.on('error', () => {});
    call.on('data', () => {});
    call.write(Buffer.from([10, 7, ...Buffer.from('missing')]));
    call.end();
    const end = await new Promise<StatusObject>((resolve) => call.once('status', resolve));
    expect(end.code).toBe(status.NOT_FOUND);
  });
});
