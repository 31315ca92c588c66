import { dataLoss } from '@arcbox/errors';
import type { BuildContextFile, BuildContextWanted, BuildRequest, DeepPartial } from '@arcbox/proto/arcbox/engine/v1/build';
import { toUpload } from '../archive.ts';
import { cannot } from '../file-failure.ts';
import { type ListedFile, listContext, shorter } from './list-context.ts';
import { readPieces } from './open-file.ts';
import type { ContextEntry } from './walk-context.ts';

/** The files of a build on their way to the engine. */
export interface ContextUpload {
  /** The requests that carry them. */
  requests(): AsyncIterable<DeepPartial<BuildRequest>>;
  /** The engine has asked for contents. */
  want(wanted: BuildContextWanted): void;
  /** The engine will ask for nothing more. */
  stop(): void;
}

/** Sends a tar archive as it is. */
export function sendArchive(archive: AsyncIterable<Uint8Array>): ContextUpload {
  return { requests: () => toUpload(archive), want: () => {}, stop: () => {} };
}

/**
 * Sends a listing of these files, then the contents that the engine does not
 * have. A file that grows is cut at its first size; one that shrinks fails the
 * build, and so does one whose content is another than was listed.
 */
export function sendFiles(entries: Iterable<ContextEntry>): ContextUpload {
  const listed: Place[] = [];
  const wanted: Place[] = [];
  const { promise: answered, resolve } = Promise.withResolvers<void>();
  return {
    async *requests() {
      for await (const part of listContext(entries)) {
        listed.push(...part.map(placeOf));
        yield { listing: { files: part.map(({ file }) => file), complete: false } };
      }
      yield { listing: { files: [], complete: true } };
      await answered;
      yield* toUpload(contentsOf(wanted));
    },
    want({ files, complete }) {
      for (const index of files) wanted.push(listed[index] ?? refuse(index));
      if (complete) resolve();
    },
    stop: resolve,
  };
}

function refuse(index: number): never {
  throw dataLoss(`the engine asks for file ${index} of the context, which was not listed`);
}

/** What is needed of a file to send it. */
interface Place {
  readonly path: string | Buffer;
  readonly size: BuildContextFile['size'];
}

const placeOf = ({ path, file: { size } }: ListedFile): Place => ({ path, size });

async function* contentsOf(places: readonly Place[]): AsyncGenerator<Buffer, void, undefined> {
  for (const { path, size } of places) {
    let left = Number(size);
    try {
      for await (const piece of readPieces(path, left)) {
        left -= piece.length;
        yield piece;
      }
    } catch (error) {
      throw cannot('read', path.toString(), error);
    }
    if (left > 0) throw shorter(path);
  }
}
