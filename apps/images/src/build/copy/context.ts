import { mkdir } from 'node:fs/promises';
import { invalidArgument, isKind, messageOf, resourceExhausted } from '@arcbox/errors';
import { decompress } from '@arcbox/tar';
import type { ImageEngine } from '../../engine.ts';
import { removeTree } from '../../store/remove-tree.ts';
import { Extractor } from '../../unpack/extract.ts';

/** What a build context may hold at most. */
export interface ContextLimits {
  /** Bytes of the archive without its compression. */
  readonly maxBytes: number;
  readonly maxEntries: number;
}

export const defaultContextLimits: ContextLimits = { maxBytes: 32 * 2 ** 30, maxEntries: 2_000_000 };

/** The files of a build, for as long as it runs. */
export interface BuildContext extends AsyncDisposable {
  /** Holds them, and nothing but them. */
  readonly directory: string;
}

/**
 * Unpacks a tar archive (plain, gzip or zstd) of files to build from. Names and
 * links of the archive stay inside; whiteouts are ordinary files here.
 * INVALID_ARGUMENT when it is broken or means to leave its directory,
 * RESOURCE_EXHAUSTED when it is larger than allowed.
 */
export async function openContext(
  engine: Pick<ImageEngine, 'content'>,
  chunks: AsyncIterable<Buffer>,
  limits: ContextLimits,
  signal: AbortSignal,
): Promise<BuildContext> {
  const directory = engine.content.temporary();
  await mkdir(directory, { mode: 0o700 });
  try {
    await unpack(directory, chunks, limits, signal);
    signal.throwIfAborted();
  } catch (error) {
    await removeTree(directory);
    if (isKind(error, 'data-loss')) throw invalidArgument(`build context: ${messageOf(error)}`, error);
    throw error;
  }
  return { directory, [Symbol.asyncDispose]: () => removeTree(directory) };
}

async function unpack(
  directory: string,
  chunks: AsyncIterable<Buffer>,
  limits: ContextLimits,
  signal: AbortSignal,
): Promise<void> {
  await using extractor = new Extractor(directory, limits, { translate: (entry) => entry, root: contextRoot });
  let bytes = 0;
  for await (const chunk of decompress(chunks)) {
    signal.throwIfAborted();
    bytes += chunk.length;
    if (bytes > limits.maxBytes) throw resourceExhausted(`the build context is larger than ${limits.maxBytes} bytes`);
    await extractor.write(chunk);
  }
  await extractor.finish();
}

/** Holds files of any owner and mode: nobody but root looks in. */
const contextRoot = { mode: 0o700, uid: 0, gid: 0, mtime: 0 };
