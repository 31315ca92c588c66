import { createHash } from 'node:crypto';
import { createReadStream, readdirSync } from 'node:fs';
import type { StoreProblem } from './check.ts';
import type { ImageEngine } from '../engine.ts';

/** Blobs whose bytes are not those of their digest. Reads all of them. */
export async function* contentProblems(
  { layout }: ImageEngine,
  signal: AbortSignal,
): AsyncGenerator<StoreProblem, void, undefined> {
  for (const hex of readdirSync(layout.blobs)) {
    const found = await hashOf(layout.blob(`sha256:${hex}`), signal);
    if (found !== undefined && found !== hex)
      yield { object: `sha256:${hex}`, problem: `the content does not match the digest: it is sha256:${found}` };
  }
}

/** Undefined for what has been removed in the meantime. */
async function hashOf(path: string, signal: AbortSignal): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024, signal })) hash.update(chunk as Buffer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return hash.digest('hex');
}
