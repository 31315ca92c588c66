import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ImageStoreServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/image';
import { SetupStatus, SetupStatus_Phase as Phase, SystemServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { ImageServiceDefinition } from '@arcbox/proto/arcbox/v1/image';
import { createServer } from 'nice-grpc';

import { ensureImage, runFirstContainer } from './first-container.ts';
import { connectGateway } from './gateway.ts';
import { waitUntilReady } from './readiness.ts';

/** An engine that remembers what it was asked to do. */
async function startFakeEngine(path: string, { exitCode = 0n } = {}) {
  const calls: string[] = [];
  const state = { phase: Phase.INITIALIZING, imageId: '', imported: 0, left: ['left'] };
  const server = createServer();
  const add = server.add.bind(server) as (definition: unknown, implementation: unknown) => void;
  add(SystemServiceDefinition, withDefaults(SystemServiceDefinition, {
    getSetupStatus: () => SetupStatus.fromPartial({ phase: state.phase++ }),
  }));
  add(ImageServiceDefinition, withDefaults(ImageServiceDefinition, {
    exists: () => ({ exists: state.imageId !== '', id: state.imageId }),
  }));
  add(ImageStoreServiceDefinition, withDefaults(ImageStoreServiceDefinition, {
    async import(pieces: AsyncIterable<{ data: Buffer; eof: boolean }>) {
      for await (const { data } of pieces) state.imported += data.length;
      state.imageId = 'sha256:1';
      return { images: [] };
    },
  }));
  add(ContainerServiceDefinition, withDefaults(ContainerServiceDefinition, {
    list: () => ({ containers: state.left.map((id) => ({ id })) }),
    create: ({ image }: { image: string }) => (calls.push(`create ${image}`), { id: 'new', warnings: [] }),
    start: ({ id }: { id: string }) => (calls.push(`start ${id}`), {}),
    wait: ({ id }: { id: string }) => (calls.push(`wait ${id}`), { statusCode: exitCode, error: '' }),
    async *logs() {
      yield* ['hello', 'world\n'].map((line) => ({ stream: 'stdout', message: Buffer.from(line), timestamp: undefined }));
    },
    remove: ({ id }: { id: string }) => (calls.push(`remove ${id}`), {}),
  }));
  await server.listen(`unix:${path}`);
  return { calls, state, [Symbol.asyncDispose]: () => Promise.resolve(server.forceShutdown()) };
}

function withDefaults(definition: { methods: object }, implementation: Record<string, (request: never) => unknown>): object {
  const methods = Object.keys(definition.methods).map((name) => {
    const method = implementation[name] ?? (() => Promise.reject(new Error(`${name} is not expected`)));
    return [name, method.constructor.name === 'AsyncGeneratorFunction' ? method : async (request: never) => method(request)];
  });
  return Object.fromEntries(methods);
}

describe('the first container', () => {
  const directory = mkdtempSync(join(tmpdir(), 'first-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const { signal } = new AbortController();
  const image = { reference: 'localhost/arcbox/hello:latest', id: 'sha256:1', archive: Buffer.alloc(600_000) };
  const socket = (name: string): string => join(directory, name);

  it('waits for READY, imports the image once, runs it and tidies up', async () => {
    await using engine = await startFakeEngine(socket('a.sock'));
    using gateway = connectGateway(`unix://${socket('a.sock')}`);
    expect(await waitUntilReady(gateway, 60_000, signal)).toBeUndefined();
    await ensureImage(gateway, image, signal);
    await ensureImage(gateway, image, signal);
    expect(engine.state.imported).toBe(600_000);
    const { output } = await runFirstContainer(gateway, image.reference, signal);
    expect(output).toBe('hello\nworld');
    expect(engine.calls).toEqual(['remove left', `create ${image.reference}`, 'start new', 'wait new', 'remove new']);
  });

  it('fails with what the container said', async () => {
    await using engine = await startFakeEngine(socket('b.sock'), { exitCode: 1n });
    using gateway = connectGateway(`unix://${socket('b.sock')}`);
    await expect(runFirstContainer(gateway, image.reference, signal)).rejects.toThrow('exited with code 1: hello\nworld');
    expect(engine.calls.at(-1)).toBe('remove new');
  });

  it('says that nobody answers', async () => {
    using gateway = connectGateway(`unix://${socket('nobody.sock')}`);
    expect(await waitUntilReady(gateway, 200, signal)).toBe('the gateway does not answer');
  });
});
