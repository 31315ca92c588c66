import { parseNano } from '../record/time.ts';

export type StreamName = 'stdout' | 'stderr';

/** One write of the container, or the part of it that fits a line of the log file. */
export interface Piece {
  readonly stream: StreamName;
  /** Unix nanoseconds. */
  readonly time: bigint;
  /** As the container wrote it, the newline included where it wrote one. */
  readonly bytes: Buffer;
}

const newline = 0x0a;
const space = 0x20;
const full = 0x46;

/**
 * Reads conmon's k8s-file format, `<time> <stream> <F|P> <bytes>\n`: `F` ends
 * with a newline of the container's, `P` with one of conmon's. Chunks may be cut
 * anywhere.
 */
export class PieceParser {
  #rest: Buffer = Buffer.alloc(0);

  /** Pieces that `chunk` completes. */
  push(chunk: Buffer): Piece[] {
    const pieces: Piece[] = [];
    const text = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    let start = 0;
    for (let end = text.indexOf(newline); end !== -1; end = text.indexOf(newline, start)) {
      const piece = parseLine(text.subarray(start, end + 1));
      start = end + 1;
      if (piece) pieces.push(piece);
    }
    this.#rest = Buffer.from(text.subarray(start));
    return pieces;
  }
}

/** Times repeat for all lines of one write; parsing them once is most of the speed. */
let lastTime = { text: '', nano: 0n };

function parseLine(line: Buffer): Piece | undefined {
  const first = line.indexOf(space);
  const second = line.indexOf(space, first + 1);
  if (first < 0 || second < 0 || line.length < second + 3) return undefined;
  const stream = line.toString('latin1', first + 1, second);
  if (stream !== 'stdout' && stream !== 'stderr') return undefined;
  const time = line.toString('latin1', 0, first);
  if (time !== lastTime.text) lastTime = { text: time, nano: parseNano(time) };
  const isFull = line[second + 1] === full;
  return { stream, time: lastTime.nano, bytes: line.subarray(second + 3, isFull ? line.length : line.length - 1) };
}
