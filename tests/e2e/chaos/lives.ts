import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { ClientError, Metadata, Status } from 'nice-grpc-common';
import { type Engine, hello } from '../engine.ts';

/** So many live at a time. */
const together = 6;

/** Before a call that failed is made again, in milliseconds. */
const pause = 50;

/**
 * Makes, runs and removes containers with the label `series=<series>`; each ends with another exit code. Whoever is away
 * is asked again with the same idempotency key. Resolves with the exit code of each container by id.
 */
export async function liveAll(engine: Engine, count: number, series: string): Promise<Map<string, string>> {
  const containers = engine.client(ContainerServiceDefinition);
  const codes = new Map<string, string>();
  let next = 0;
  const live = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) {
      const code = index % 200;
      const cmd = ['sh', '-c', `exit ${code}`];
      const { id } = await insist((options) => containers.create({ image: hello, cmd, labels: { series } }, options));
      await insist((options) => containers.start({ id }, options));
      await insist((options) => containers.wait({ id }, options));
      await insist((options) => containers.remove({ id }, options));
      codes.set(id, String(code));
    }
  };
  await Promise.all(Array.from({ length: together }, live));
  return codes;
}

/** Makes a call until it is answered, each time with the same key. */
async function insist<T>(call: (options: { metadata: Metadata }) => Promise<T>): Promise<T> {
  const key = randomUUID();
  for (;;) {
    try {
      return await call({ metadata: Metadata({ 'x-idempotency-key': key }) });
    } catch (error) {
      if (!(error instanceof ClientError) || error.code !== Status.UNAVAILABLE) throw error;
      await sleep(pause);
    }
  }
}
