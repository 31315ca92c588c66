import { closeSync, constants, createReadStream, openSync, readSync } from 'node:fs';
import { dataLoss } from '@arcbox/errors';
import { decompress, PipeReader, startChild } from '@arcbox/tar';

/** First bytes of bzip2 and of xz (the .xz file format, 2.1.1.1), as latin1. */
const magics = ['BZh', '\xfd7zXZ\0'];

/**
 * The plain bytes of a file that may be compressed: gzip, bzip2, xz or zstd.
 * Its first bytes say so. DATA_LOSS when it is broken. A chunk is valid until
 * the next is asked for.
 */
export async function* readArchive(path: string | Buffer): AsyncGenerator<Buffer, void, undefined> {
  const head = readHead(path);
  if (magics.some((magic) => head.startsWith(magic))) yield* runBsdcat(path);
  else yield* decompress(createReadStream(path));
}

function readHead(path: string | Buffer): string {
  const descriptor = openSync(path, constants.O_RDONLY);
  try {
    const head = Buffer.alloc(6);
    const length = readSync(descriptor, head, 0, head.length, 0);
    return head.toString('latin1', 0, length);
  } finally {
    closeSync(descriptor);
  }
}

/** libarchive has them all, and bsdtar is here anyhow. */
async function* runBsdcat(path: string | Buffer): AsyncGenerator<Buffer, void, undefined> {
  const descriptor = openSync(path, constants.O_RDONLY);
  try {
    using output = new PipeReader();
    // By its descriptor, whatever bytes its name has.
    await using child = startChild('bsdcat', [`/proc/${process.pid}/fd/${descriptor}`], output.writer);
    output.closeWriter();
    child.stdin.end();
    yield* output;
    await child.done.catch((error: unknown) => {
      throw dataLoss('the content is not valid bzip2 or xz', error);
    });
  } finally {
    closeSync(descriptor);
  }
}
