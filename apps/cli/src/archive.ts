import { createReadStream, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { invalidArgument } from '@arcbox/errors';
import { cannot } from './file-failure.ts';
import { write } from './output.ts';

/** Bytes of one read. */
const readSize = 1024 * 1024;

/** Bytes of a message at most: with its frame it fits a buffer of a power of two, and none is cleared for nothing. */
const messageSize = 1024 * 1024 - 64;

/** Writes an archive into a file, whole or not at all; without a path to standard output, if that is no terminal. */
export async function writeArchive(
  path: string | undefined,
  pieces: AsyncIterable<{ readonly data: Uint8Array }>,
): Promise<void> {
  if (path === undefined) {
    if (process.stdout.isTTY) throw invalidArgument('an archive is nothing for a terminal: use -o FILE or redirect');
    for await (const { data } of pieces) await write(process.stdout, data);
    return;
  }
  // A pipe or a device is written as it is.
  const special = statSync(path, { throwIfNoEntry: false })?.isFile() === false;
  if (special) return writeFile(path, pieces);
  const draft = `${path}.${process.pid}.partial`;
  try {
    await writeFile(draft, pieces);
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}

async function writeFile(path: string, pieces: AsyncIterable<{ readonly data: Uint8Array }>): Promise<void> {
  await using file = await open(path, 'w').catch((error: unknown) => {
    throw cannot('write', path, error);
  });
  for await (const { data } of pieces) {
    await file.writeFile(data).catch((error: unknown) => {
      throw cannot('write', path, error);
    });
  }
}

/** The bytes of a file, or of standard input for `-`. Nothing is opened before it is read. */
export async function* readArchive(path: string): AsyncGenerator<Buffer, void, undefined> {
  if (path === '-') {
    if (process.stdin.isTTY) throw invalidArgument('standard input is a terminal: redirect an archive into it');
    yield* process.stdin as AsyncIterable<Buffer>;
    return;
  }
  try {
    yield* createReadStream(path, { highWaterMark: readSize }) as AsyncIterable<Buffer>;
  } catch (error) {
    throw cannot('read', path, error);
  }
}

/** As requests carry it: pieces of a useful size, the last one marked. What is given may be used again after each piece. */
export async function* toUpload(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ data: Buffer; eof: boolean }, void, undefined> {
  let message = Buffer.allocUnsafeSlow(messageSize);
  let size = 0;
  for await (const piece of bytes) {
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + messageSize - size);
      message.set(part, size);
      size += part.length;
      at += part.length;
      if (size < messageSize) continue;
      // gRPC keeps it until it is sent.
      yield { data: message, eof: false };
      [message, size] = [Buffer.allocUnsafeSlow(messageSize), 0];
    }
  }
  yield { data: message.subarray(0, size), eof: true };
}
