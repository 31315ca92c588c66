import { connect } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { partly } from '@arcbox/testing';
import { Status } from 'nice-grpc';
import { startEngine } from './engine.ts';

describe('stopping the gateway', () => {
  const containers = partly(ContainerServiceDefinition, {
    async *logs(_, { signal }) {
      yield { stream: 'stdout' };
      await sleep(60_000, undefined, { signal });
    },
    async stop({ id }) {
      await sleep(400);
      return { id };
    },
  });

  it('lets calls finish, ends streams with words, and takes no new ones', async () => {
    await using engine = await startEngine();
    await engine.worker('containers', [containers]);
    const client = engine.client(ContainerServiceDefinition);
    const following = (async () => {
      for await (const _ of client.logs({}));
    })();
    const end = expect(following).rejects.toMatchObject({ code: Status.UNAVAILABLE, details: 'the gateway is stopping' });
    const finishing = client.stop({ id: 'x' });
    await sleep(100);
    const started = performance.now();
    const stopping = engine.stopGateway();
    await finishing;
    await expect(client.stop({ id: 'x' })).rejects.toMatchObject({ code: Status.UNAVAILABLE });
    await end;
    await stopping;
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  it('has forgotten calls that were reset in the breath in which they were made', async () => {
    await using engine = await startEngine();
    await engine.worker('containers', [containers]);
    const session = connect('http://localhost', { createConnection: () => connectSocket(engine.socket) });
    const head = { ':method': 'POST', ':path': '/arcbox.v1.ContainerService/Logs', 'content-type': 'application/grpc', te: 'trailers' };
    for (let i = 0; i < 300; i++) {
      const stream = session.request(head).on('error', () => {});
      if (i % 3 !== 0) stream.write(Buffer.alloc(5));
      if (i % 3 === 1) await new Promise((resolve) => setImmediate(resolve));
      stream.destroy(new Error('never mind'));
    }
    await sleep(200);
    const started = performance.now();
    await engine.stopGateway();
    expect(performance.now() - started).toBeLessThan(1_000);
    session.destroy();
  });

  it('is quick when nothing goes on', async () => {
    await using engine = await startEngine();
    await engine.worker('containers', [containers]);
    await engine.client(ContainerServiceDefinition).stop({ id: 'x' });
    const started = performance.now();
    await engine.stopGateway();
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
