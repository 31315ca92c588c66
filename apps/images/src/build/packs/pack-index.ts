import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { dataLoss } from '@arcbox/errors';

/** Where a content is in a pack. */
export interface PackedContent {
  /** sha256, in hex. */
  readonly digest: string;
  readonly offset: number;
  readonly size: number;
}

/** Of one content: its sha256, its first byte and its size. */
const rowSize = 48;

/** At the end of a pack: what it is, how many contents it has, sha256 of their rows. */
const trailerSize = 48;
const magic = Buffer.from('abxpack1');

/**
 * Which contents a pack holds, and where. It stands behind them in the file: rows
 * in the order of the digests, then a trailer that tells a whole pack from one
 * that was cut off.
 */
export class PackIndex {
  readonly #rows: Buffer;

  private constructor(rows: Buffer) {
    this.#rows = rows;
  }

  get count(): number {
    return this.#rows.length / rowSize;
  }

  /** The bytes that close a pack with these contents. */
  static encode(contents: readonly PackedContent[]): Buffer {
    const rows = Buffer.alloc(contents.length * rowSize);
    const sorted = [...contents].sort((a, b) => (a.digest < b.digest ? -1 : 1));
    for (const [index, { digest, offset, size }] of sorted.entries()) {
      const at = index * rowSize;
      rows.write(digest, at, 'hex');
      rows.writeBigUInt64BE(BigInt(offset), at + 32);
      rows.writeBigUInt64BE(BigInt(size), at + 40);
    }
    const count = Buffer.alloc(8);
    count.writeBigUInt64BE(BigInt(contents.length));
    return Buffer.concat([rows, magic, count, hashOf(rows)]);
  }

  /** Reads it from an open pack; DATA_LOSS when that is not whole. */
  static async read(file: FileHandle): Promise<PackIndex> {
    const { size } = await file.stat();
    const trailer = await readAt(file, size - trailerSize, trailerSize);
    const length = Number(trailer.readBigUInt64BE(8)) * rowSize;
    if (!trailer.subarray(0, 8).equals(magic) || length > size - trailerSize) throw broken();
    const rows = await readAt(file, size - trailerSize - length, length);
    if (!hashOf(rows).equals(trailer.subarray(16))) throw broken();
    return new PackIndex(rows);
  }

  /** `digest` is a sha256, in bytes. */
  find(digest: Buffer): { readonly offset: number; readonly size: number } | undefined {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = middle * rowSize;
      const order = this.#rows.compare(digest, 0, 32, at, at + 32);
      if (order === 0) return this.#place(at);
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return undefined;
  }

  *contents(): Generator<PackedContent, void, undefined> {
    for (let at = 0; at < this.#rows.length; at += rowSize) {
      yield { digest: this.#rows.toString('hex', at, at + 32), ...this.#place(at) };
    }
  }

  #place(at: number): { offset: number; size: number } {
    return { offset: Number(this.#rows.readBigUInt64BE(at + 32)), size: Number(this.#rows.readBigUInt64BE(at + 40)) };
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  if (position < 0) throw broken();
  const bytes = Buffer.alloc(length);
  const { bytesRead } = length === 0 ? { bytesRead: 0 } : await file.read(bytes, 0, length, position);
  if (bytesRead < length) throw broken();
  return bytes;
}

const hashOf = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();

const broken = (): Error => dataLoss('the pack is not whole');
