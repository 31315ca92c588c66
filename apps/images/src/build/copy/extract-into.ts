import { lstatSync } from 'node:fs';
import { resourceExhausted } from '@arcbox/errors';
import { defaultLimits, type ExtractOptions, Extractor } from '../../unpack/extract.ts';

export interface ExtractLimits {
  /** Bytes of the archive without its compression. */
  readonly maxBytes: number;
  readonly maxEntries: number;
}

/**
 * Writes the files of a plain tar archive below a directory that stays as it
 * is: its mode, its owner, its time. Names and links do not lead out of it.
 */
export async function extractInto(
  directory: string,
  archive: AsyncIterable<Buffer>,
  { translate = (entry) => entry, limits = defaultLimits }: Pick<ExtractOptions, 'translate'> & { limits?: ExtractLimits },
  signal: AbortSignal,
): Promise<void> {
  const { mode, uid, gid, mtimeMs } = lstatSync(`${directory}/.`);
  const root = { mode: mode & 0o7777, uid, gid, mtime: Math.floor(mtimeMs / 1000) };
  await using extractor = new Extractor(directory, limits, { translate, root });
  let bytes = 0;
  for await (const chunk of archive) {
    signal.throwIfAborted();
    bytes += chunk.length;
    if (bytes > limits.maxBytes) throw resourceExhausted(`the archive is larger than ${limits.maxBytes} bytes`);
    await extractor.write(chunk);
  }
  await extractor.finish();
  signal.throwIfAborted();
}
