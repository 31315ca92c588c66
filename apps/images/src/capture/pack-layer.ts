import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { fromSystemError, resourceExhausted } from '@arcbox/errors';
import { gzip } from '@arcbox/tar';
import type { Ingested } from '../store/ingest.ts';
import { Extractor, type UnpackLimits } from '../unpack/extract.ts';

export interface PackOptions {
  /** File for the compressed archive; made here. */
  readonly file: string;
  /** Directory for the layer's files; made here. Without it nothing is unpacked. */
  readonly directory?: string;
  readonly limits: UnpackLimits;
}

/**
 * One pass over a plain tar archive: it is hashed, unpacked, compressed and
 * hashed again while it comes in. A chunk need be valid only until the next is
 * asked for. Nothing is durable or visible yet.
 */
export async function packLayer(
  archive: AsyncIterable<Buffer>,
  { file, directory, limits }: PackOptions,
  signal: AbortSignal,
): Promise<Ingested> {
  const [plain, packed] = [createHash('sha256'), createHash('sha256')];
  if (directory !== undefined) mkdirSync(directory, { mode: 0o700 });
  await using extractor = directory === undefined ? undefined : new Extractor(directory, limits);
  await using target = await open(file, 'wx', 0o600);
  let plainBytes = 0;
  const read = async function* (): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of archive) {
      signal.throwIfAborted();
      plainBytes += chunk.length;
      if (plainBytes > limits.maxBytes) throw resourceExhausted(`the layer has more than ${limits.maxBytes} bytes`);
      plain.update(chunk);
      await extractor?.write(chunk);
      yield chunk;
    }
  };
  let size = 0;
  for await (const piece of gzip(read())) {
    size += piece.length;
    packed.update(piece);
    await target.writeFile(piece).catch((error: unknown) => {
      throw fromSystemError(error, 'keeping a layer');
    });
  }
  await extractor?.finish();
  return {
    digest: `sha256:${packed.digest('hex')}`,
    size,
    diffId: `sha256:${plain.digest('hex')}`,
    fileBytes: extractor?.fileBytes ?? 0,
  };
}
