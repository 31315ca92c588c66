import { createHash, hash, webcrypto } from 'node:crypto';
import { closeSync, constants, createReadStream, openSync, readSync } from 'node:fs';
import { dataLoss } from '@arcbox/errors';

/** Up to here, reading costs less than waiting for it; bytes. */
const smallFile = 64 * 1024;

/** Up to here, a file is hashed in one piece, beside this thread; bytes. */
const wholeFile = 4 * 1024 * 1024;

const piece = Buffer.allocUnsafeSlow(smallFile);

/**
 * The sha256 of a regular file, in hex; a file that is gone when the promise
 * settles was open all the while. Small ones are read at once.
 */
export function hashContent(path: string | Buffer, size: number): string | Promise<string> {
  const descriptor = openSync(path, constants.O_RDONLY);
  if (size > smallFile) return hashLarge(descriptor, size);
  try {
    const length = size === 0 ? 0 : readSync(descriptor, piece, 0, size, 0);
    return expectSize(length, size, hash('sha256', piece.subarray(0, length), 'hex'));
  } finally {
    closeSync(descriptor);
  }
}

async function hashLarge(descriptor: number, size: number): Promise<string> {
  const content = createReadStream('', { fd: descriptor, start: 0, highWaterMark: size > wholeFile ? 2 ** 20 : size });
  if (size > wholeFile) {
    const hashing = createHash('sha256');
    for await (const chunk of content) hashing.update(chunk as Buffer);
    return expectSize(content.bytesRead, size, hashing.digest('hex'));
  }
  const whole = Buffer.concat(await Array.fromAsync(content as AsyncIterable<Buffer>));
  expectSize(whole.length, size, '');
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', whole)).toString('hex');
}

function expectSize<T>(length: number, size: number, result: T): T {
  if (length !== size) throw dataLoss('a file of the build changed while it was read');
  return result;
}
