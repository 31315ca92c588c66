import type { Piece, StreamName } from './line.ts';

/** One line of output; longer ones are split. */
export type Entry = Piece;

/** Bytes of one entry at most, as in Docker. */
const maxEntry = 16 * 1024;

/** Joins the pieces of each stream to lines. */
export class EntryJoiner {
  readonly #open = new Map<StreamName, { time: bigint; parts: Buffer[]; size: number }>();

  /** Entries that `pieces` complete. */
  push(pieces: readonly Piece[]): Entry[] {
    const entries: Entry[] = [];
    for (const piece of pieces) {
      const isLine = endsLine(piece.bytes) && piece.bytes.length <= maxEntry;
      if (isLine && !this.#open.has(piece.stream)) entries.push(piece);
      else entries.push(...this.#join(piece));
    }
    return entries;
  }

  *#join(piece: Piece): Generator<Entry, void, undefined> {
    const before = this.#open.get(piece.stream);
    const parts = before?.parts ?? [];
    parts.push(piece.bytes);
    let entry = { time: before?.time ?? piece.time, parts, size: (before?.size ?? 0) + piece.bytes.length };
    this.#open.delete(piece.stream);
    if (entry.size < maxEntry && !endsLine(piece.bytes)) {
      this.#open.set(piece.stream, entry);
      return;
    }
    let bytes = Buffer.concat(entry.parts);
    for (; bytes.length > maxEntry; bytes = bytes.subarray(maxEntry)) {
      yield { stream: piece.stream, time: entry.time, bytes: bytes.subarray(0, maxEntry) };
    }
    if (endsLine(bytes) || bytes.length === maxEntry) yield { stream: piece.stream, time: entry.time, bytes };
    else {
      entry = { time: piece.time, parts: [bytes], size: bytes.length };
      this.#open.set(piece.stream, entry);
    }
  }

  /** What was written last without a newline. */
  *end(): Generator<Entry, void, undefined> {
    for (const [stream, { time, parts }] of this.#open) yield { stream, time, bytes: Buffer.concat(parts) };
    this.#open.clear();
  }
}

function endsLine(bytes: Buffer): boolean {
  return bytes.at(-1) === 0x0a;
}
