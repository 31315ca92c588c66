import { ftruncateSync, write as writeFile, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import type { LayerEntry } from './layer-entry.ts';

const writeLater = promisify(writeFile);

/** Smaller pieces are written at once: another thread would take longer; bytes. */
const smallPiece = 64 * 1024;

/** What is zero for this long becomes a hole; bytes. */
const hole = Buffer.alloc(4096);

/** Where bytes belong in a file. */
interface Piece {
  readonly at: number;
  readonly bytes: Buffer;
}

/** Writes a file of an archive into a new one; holes stay holes, and runs of zeros become such. */
export async function writeSparse(descriptor: number, member: LayerEntry & { readonly stored: AsyncIterable<Buffer> }): Promise<void> {
  for await (const piece of placed(member, member.stored)) {
    for (const { at, bytes } of runsOf(piece.bytes)) await writeAll(descriptor, bytes, piece.at + at);
  }
  ftruncateSync(descriptor, member.size);
}

/** All bytes of a sparse file, given those that are stored. */
export async function* fillHoles(entry: LayerEntry, stored: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let position = 0;
  for await (const { at, bytes } of placed(entry, stored)) {
    yield* zeros(at - position);
    yield bytes;
    position = at + bytes.length;
  }
  yield* zeros(entry.size - position);
}

/** Stored bytes with their places. */
async function* placed({ size, extents = [{ offset: 0, length: size }] }: LayerEntry, stored: AsyncIterable<Buffer>): AsyncGenerator<Piece, void, undefined> {
  let [index, done] = [0, 0];
  for await (const chunk of stored) {
    for (let from = 0; from < chunk.length;) {
      const { offset, length } = extents[index] ?? { offset: size, length: Infinity };
      const bytes = chunk.subarray(from, from + length - done);
      yield { at: offset + done, bytes };
      from += bytes.length;
      done += bytes.length;
      if (done === length) [index, done] = [index + 1, 0];
    }
  }
}

const zeroPiece = Buffer.alloc(256 * 1024);

function* zeros(length: number): Generator<Buffer, void, undefined> {
  for (let left = length; left > 0; left -= zeroPiece.length) yield zeroPiece.subarray(0, left);
}

/** The parts of a piece that are not zero. */
function* runsOf(piece: Buffer): Generator<Piece, void, undefined> {
  let start = 0;
  for (let at = 0; at < piece.length; at += hole.length) {
    const end = Math.min(at + hole.length, piece.length);
    if (piece.compare(hole, 0, end - at, at, end) !== 0) continue;
    if (at > start) yield { at: start, bytes: piece.subarray(start, at) };
    start = end;
  }
  if (start < piece.length) yield { at: start, bytes: piece.subarray(start) };
}

async function writeAll(descriptor: number, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const left = bytes.length - done;
    done +=
      left <= smallPiece
        ? writeSync(descriptor, bytes, done, left, position + done)
        : (await writeLater(descriptor, bytes, done, left, position + done)).bytesWritten;
  }
}
