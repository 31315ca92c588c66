import { setTimeout as sleep } from 'node:timers/promises';
import { runWorker } from '@arcbox/lifecycle';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { serve } from '@arcbox/rpc';
import { partly } from '@arcbox/testing';

/** A worker that a test can kill: answers with its own name, or never when the id says so. */
await runWorker('containers', async (host) => {
  const whenAsked = async (id: string, signal: AbortSignal): Promise<void> => {
    if (id !== 'slow' && id !== `slow on ${host.config.replica}`) return;
    console.log('asked something slow');
    await sleep(60_000, undefined, { signal });
  };
  const server = await serve(host, [
    partly(ContainerServiceDefinition, {
      async inspect({ id }, { signal, sendHeader }) {
        // Whoever has the head of an answer has no answer yet.
        sendHeader();
        await whenAsked(id, signal);
        return { id, name: host.config.replica };
      },
      async stop({ id }, { signal }) {
        await whenAsked(id, signal);
        return {};
      },
    }),
  ]);
  server.ready();
  return server;
});
