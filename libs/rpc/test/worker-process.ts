import { setTimeout as sleep } from 'node:timers/promises';
import { runWorker } from '@arcbox/lifecycle';
import { ImageServiceDefinition } from '@arcbox/proto/arcbox/v1/image';
import { serve } from '@arcbox/rpc';
import { partly } from '@arcbox/testing';

/**
 * A worker that a test can kill. It tells its name; asked to remove something, or about `slow-<its name>`, it never answers, and
 * about `begun-<its name>` nothing but the head of an answer.
 */
await runWorker('images', async (host) => {
  const server = await serve(host, [
    partly(ImageServiceDefinition, {
      async inspect({ id }, context) {
        const [pace, replica] = id.split(/-(.*)/s);
        if (pace === 'begun') context.sendHeader();
        if (replica === host.config.replica) await sleep(60_000, undefined, { signal: context.signal });
        return { id, repoTags: [host.config.replica] };
      },
      async remove(_, { signal }) {
        await sleep(60_000, undefined, { signal });
        return {};
      },
    }),
  ]);
  server.ready();
  return server;
});
