import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { isKind, messageOf } from '@arcbox/errors';
import { lostPacks } from '../build/packs/clear-packs.ts';
import { type PackedContent, PackIndex } from '../build/packs/pack-index.ts';
import type { ImageEngine } from '../engine.ts';
import type { StoreProblem } from './check.ts';

type Problems = AsyncGenerator<StoreProblem, void, undefined>;

/** Packs that are not recorded, or recorded but not there. */
export async function* packProblems(engine: ImageEngine): Problems {
  const { unrecorded, missing } = lostPacks(engine);
  for (const id of unrecorded) yield { object: `contexts/${id}`, problem: 'the pack is not recorded' };
  for (const id of missing) yield { object: `contexts/${id}`, problem: 'the pack is missing' };
}

/** Packs that are not whole, or hold what is not its digest. Reads all of them. */
export async function* packContentProblems({ records, layout }: ImageEngine, signal: AbortSignal): Problems {
  for (const { id } of records.packs.all()) {
    const object = `contexts/${id}`;
    try {
      await using file = await open(layout.pack(id), 'r');
      const contents = [...(await PackIndex.read(file)).contents()].sort((a, b) => a.offset - b.offset);
      for (const content of contents) {
        if ((await hashOf(file, content, signal)) !== content.digest) yield { object, problem: `what it holds as ${content.digest} is something else` };
      }
    } catch (error) {
      // It has gone in the meantime; that is no problem.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
      if (!isKind(error, 'data-loss')) throw error;
      yield { object, problem: messageOf(error) };
    }
  }
}

async function hashOf(file: FileHandle, { offset, size }: PackedContent, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const range = { start: offset, end: offset + size - 1, highWaterMark: 1024 * 1024 };
  for await (const chunk of createReadStream('', { fd: file.fd, autoClose: false, signal, ...range })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
