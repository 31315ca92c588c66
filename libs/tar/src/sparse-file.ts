import { ftruncateSync, write as writeFile, writeSync } from 'node:fs';
import { promisify } from 'node:util';

const writeLater = promisify(writeFile);

/** Smaller pieces are written at once: another thread would take longer; bytes. */
const smallPiece = 64 * 1024;

/** What is zero for this long becomes a hole; bytes. */
const hole = Buffer.alloc(4096);

/** Writes `size` bytes into a new file; runs of zeros become holes. */
export async function writeSparse(descriptor: number, size: number, content: AsyncIterable<Buffer>): Promise<void> {
  let position = 0;
  for await (const piece of content) {
    for (const { at, bytes } of runsOf(piece)) await writeAll(descriptor, bytes, position + at);
    position += piece.length;
  }
  ftruncateSync(descriptor, size);
}

/** The parts of a piece that are not zero. */
function* runsOf(piece: Buffer): Generator<{ at: number; bytes: Buffer }, void, undefined> {
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
