import { isKind } from '@arcbox/errors';
import { blockSize, decodeHeader, decompress, isZero } from '@arcbox/tar';

/** Whether a file is a tar archive that we can read, compressed or not. Its content says so, not its name. */
export async function isTarArchive(content: AsyncIterable<Buffer>): Promise<boolean> {
  try {
    const block = await firstBlock(decompress(content));
    if (block === undefined || isZero(block)) return false;
    decodeHeader(block);
    return true;
  } catch (error) {
    if (isKind(error, 'data-loss')) return false;
    throw error;
  }
}

async function firstBlock(plain: AsyncIterable<Buffer>): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of plain) {
    // A piece is valid only until the next.
    pieces.push(Buffer.from(piece.subarray(0, blockSize - length)));
    length += piece.length;
    if (length >= blockSize) return Buffer.concat(pieces);
  }
  return undefined;
}
