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

  it('is quick when nothing goes on', async () => {
    await using engine = await startEngine();
    await engine.worker('containers', [containers]);
    await engine.client(ContainerServiceDefinition).stop({ id: 'x' });
    const started = performance.now();
    await engine.stopGateway();
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
