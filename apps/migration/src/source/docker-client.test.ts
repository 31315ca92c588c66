import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { temporaryRoot } from '@arcbox/testing';
import { DockerClient } from './docker-client.ts';

describe('an engine that does not end its answers', () => {
  const { signal } = new AbortController();
  /** Answers as told, and stops with everything that is under way. */
  const startEngine = async (answer: RequestListener): Promise<{ client: DockerClient } & AsyncDisposable> => {
    await using stack = new AsyncDisposableStack();
    const root = stack.use(temporaryRoot());
    const path = join(root.path, 'docker.sock');
    const server = createServer(answer).listen(path);
    await once(server, 'listening');
    stack.defer(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    const client = stack.use(new DockerClient(() => Promise.resolve(connect(path))));
    const kept = stack.move();
    return { client, [Symbol.asyncDispose]: () => kept.disposeAsync() };
  };

  it('is given up when it is asked who it is', async () => {
    await using engine = await startEngine((_request, response) => response.writeHead(200, { 'api-version': '1.43' }).write('O'));
    await expect(engine.client.connect(signal, 300)).rejects.toMatchObject({ kind: 'unavailable', message: 'the source does not answer to /_ping' });
  });

  it('is believed what it says first, where it refuses', async () => {
    await using engine = await startEngine((_request, response) => {
      response.writeHead(404).write('{"message":"no such thing"}');
      const goOn = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(10_000, ' ')));
      };
      response.on('drain', goOn);
      goOn();
    });
    await expect(engine.client.text({ path: '/x', signal })).rejects.toMatchObject({ kind: 'not-found', message: 'the source says: no such thing' });
  });
});
