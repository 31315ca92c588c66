import { closeSync, constants, openSync, readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

/** Bytes of one read. */
export const pieceSize = 256 * 1024;

/** Used again for each read: a piece is valid until the next. */
const piece = Buffer.allocUnsafeSlow(pieceSize);

/** A file of the context. Should it have become a pipe meanwhile, nobody waits for its other end. */
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * The first `size` bytes of a file, or fewer if it has become shorter. Waits for
 * the disk, but others have their turn between two pieces of a large file.
 */
export async function* readPieces(path: string | Buffer, size: number): AsyncGenerator<Buffer, void, undefined> {
  const descriptor = openSync(path, flags);
  try {
    for (let at = 0; at < size;) {
      const got = readSync(descriptor, piece, 0, Math.min(pieceSize, size - at), at);
      if (got === 0) return;
      at += got;
      yield piece.subarray(0, got);
      if (at < size) await setImmediate();
    }
  } finally {
    closeSync(descriptor);
  }
}

/** All of a file of at most `pieceSize` bytes; valid until anything else is read. */
export function readAtOnce(path: string | Buffer, size: number): Buffer {
  const descriptor = openSync(path, flags);
  try {
    return piece.subarray(0, size === 0 ? 0 : readSync(descriptor, piece, 0, size, 0));
  } finally {
    closeSync(descriptor);
  }
}
