import type { Readable } from 'node:stream';
import { dataLoss } from '@arcbox/errors';

/** Reads a body that must not be longer than `limit` bytes. */
export async function readBounded(body: Readable, limit: number, what = 'the answer'): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) {
      body.destroy();
      throw dataLoss(`${what} is larger than ${limit} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Gives the connection back: reads what little is left, or drops it. */
export async function discard(body: Readable & { dump?(options: { limit: number }): Promise<void> }): Promise<void> {
  await body.dump?.({ limit: 64 * 1024 }).catch(() => {});
}
