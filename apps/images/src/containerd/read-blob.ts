import { type FileHandle, open } from 'node:fs/promises';
import { outOfRange } from '@arcbox/errors';
import type { ImageEngine } from '../engine.ts';
import { type Digest, parseDigest } from '../image/digest.ts';
import { missingBlob } from './blobs.ts';

/** Bytes of one piece. */
const pieceSize = 512 * 1024;

export interface BlobPiece {
  /** Where it is in the blob. */
  readonly offset: number;
  readonly data: Buffer;
}

/**
 * The bytes of a blob from `offset` on, `size` of them or all that there are when that is 0 or too many. A blob that
 * is removed meanwhile is read to its end. OUT_OF_RANGE: the offset is past the end.
 */
export async function* readBlob(
  { layout }: ImageEngine,
  text: string,
  { offset, size }: { readonly offset: number; readonly size: number },
): AsyncGenerator<BlobPiece, void, undefined> {
  const digest = parseDigest(text, 'content');
  await using file = await openBlob(layout.blob(digest), digest);
  const { size: total } = await file.stat();
  const start = Math.max(offset, 0);
  if (start > total) throw outOfRange(`content ${digest}: offset ${start} is past its end, it has ${total} bytes`);
  const end = size > 0 ? Math.min(start + size, total) : total;
  for (let at = start; at < end;) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(Math.min(pieceSize, end - at)), { position: at });
    if (bytesRead === 0) return;
    yield { offset: at, data: buffer.subarray(0, bytesRead) };
    at += bytesRead;
  }
}

async function openBlob(path: string, digest: Digest): Promise<FileHandle> {
  try {
    return await open(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw missingBlob(digest);
    throw error;
  }
}
