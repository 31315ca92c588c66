import { createReadStream, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { invalidArgument } from '@arcbox/errors';
import { cannot } from './file-failure.ts';
import { write } from './output.ts';

/** Bytes of a message at most; gRPC takes 4 MiB. */
const chunkSize = 1024 * 1024;

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
    yield* createReadStream(path, { highWaterMark: chunkSize }) as AsyncIterable<Buffer>;
  } catch (error) {
    throw cannot('read', path, error);
  }
}

/** As requests carry it: pieces of a useful size, the last one marked. */
export async function* toUpload(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ data: Buffer; eof: boolean }, void, undefined> {
  let pending: Uint8Array[] = [];
  let size = 0;
  for await (const piece of bytes) {
    for (let rest = piece; rest.length > 0; ) {
      const part = rest.subarray(0, chunkSize - size);
      rest = rest.subarray(part.length);
      pending.push(part);
      size += part.length;
      if (size < chunkSize) continue;
      yield { data: Buffer.concat(pending), eof: false };
      [pending, size] = [[], 0];
    }
  }
  yield { data: Buffer.concat(pending), eof: true };
}
