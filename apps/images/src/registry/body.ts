import type { Readable } from 'node:stream';
import { dataLoss, unavailable } from '@arcbox/errors';
import { TransientError } from './transient.ts';

/** Less than this between two looks is no progress; bytes. */
const crumbs = 4096;

/** Reads a body that must not be longer than `limit` bytes. */
export async function readBounded(body: AsyncIterable<Buffer>, limit: number, what = 'the answer'): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > limit) throw dataLoss(`${what} is larger than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * The chunks of a body. One that comes in crumbs, so that no timeout for a
 * silent connection ever ends it, fails: it gets `patience` milliseconds of our
 * waiting for each few KiB. Time in which we do not ask does not count.
 */
export async function* steady(
  body: AsyncIterable<Buffer>,
  host: string,
  patience: number,
): AsyncGenerator<Buffer, void, undefined> {
  let waited = 0;
  let received = 0;
  let asked = performance.now();
  for await (const chunk of body) {
    waited += performance.now() - asked;
    received += chunk.length;
    if (received >= crumbs) waited = received = 0;
    if (waited > patience) throw new TransientError(unavailable(`registry ${host} is too slow`));
    yield chunk;
    asked = performance.now();
  }
}

/** Gives the connection back: reads what little is left, or drops it. */
export async function discard(body: Readable & { dump?(options: { limit: number }): Promise<void> }): Promise<void> {
  await body.dump?.({ limit: 64 * 1024 }).catch(() => {});
}
