import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { notFound } from '@arcbox/errors';
import { type NatsServer, partly, startNats, temporaryRoot, type TemporaryRoot } from '@arcbox/testing';
import { Status } from 'nice-grpc';
import { startWorker } from './worker.ts';

const mebibyte = 1024 * 1024;

describe('messages', () => {
  let root: TemporaryRoot;
  let nats: NatsServer;
  beforeAll(async () => {
    [root, nats] = [temporaryRoot(), await startNats()];
  });
  afterAll(async () => {
    await nats[Symbol.asyncDispose]();
    await root[Symbol.asyncDispose]();
  });

  it('may be large as answers, not as requests', async () => {
    const service = partly(ContainerServiceDefinition, {
      async inspect({ id }) {
        return { id: id.length > 1 ? String(id.length) : 'x'.repeat(16 * mebibyte) };
      },
    });
    await using worker = await startWorker('containers', [service], { root, natsUrl: nats.url });
    const client = worker.client(ContainerServiceDefinition);
    expect((await client.inspect({ id: 'l' })).id).toHaveLength(16 * mebibyte);
    expect((await client.inspect({ id: 'x'.repeat(3 * mebibyte) })).id).toBe(String(3 * mebibyte));
    await expect(client.inspect({ id: 'x'.repeat(5 * mebibyte) })).rejects.toMatchObject({ code: Status.RESOURCE_EXHAUSTED });
  });

  it('of errors are cut to what a client can receive', async () => {
    const service = partly(ContainerServiceDefinition, {
      async inspect({ id }) {
        throw notFound(`no such container: ${id}`);
      },
    });
    await using worker = await startWorker('containers', [service], { root, natsUrl: nats.url });
    const client = worker.client(ContainerServiceDefinition);
    for (const id of ['x'.repeat(64 * 1024), '鯨'.repeat(16 * 1024), '%\n'.repeat(8 * 1024)]) {
      await expect(client.inspect({ id })).rejects.toMatchObject({
        code: Status.NOT_FOUND,
        details: expect.stringMatching(/^no such container: [^]{300,}…$/),
      });
    }
  });
});
