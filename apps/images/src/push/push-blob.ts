import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { dataLoss, isKind } from '@arcbox/errors';
import type { Layout } from '../store/layout.ts';
import { pushedBytes } from '../image-metrics.ts';
import type { Descriptor } from '../image/manifest.ts';
import type { RemoteRepository } from '../registry/repository.ts';
import type { RetryPolicy } from '../registry/transient.ts';
import { BlobUpload, hasBlob, type UploadNews } from '../registry/upload-blob.ts';
import type { UploadSource } from '../registry/upload-session.ts';

export interface BlobToPush {
  readonly blob: Descriptor;
  /** Other repositories of the registry that may have it. */
  readonly mounts: readonly string[];
}

/** Between two reports of bytes; milliseconds. */
const reportEvery = 100;

/** Read from the disk at a time; bytes. */
const readSize = 256 * 1024;

/** Gets one blob into a repository, the shortest way. DATA_LOSS when the bytes here are not what they should be. */
export async function pushBlob(
  { layout, remote, retries }: { layout: Layout; remote: RemoteRepository; retries: RetryPolicy },
  { blob, mounts }: BlobToPush,
  report: (news: UploadNews) => void,
  signal: AbortSignal,
): Promise<void> {
  if (await hasBlob(remote, blob.digest, { retries, signal })) return report({ status: 'Layer already exists' });
  const path = layout.blob(blob.digest);
  await using upload = new BlobUpload(remote, sourceOf(path, blob, report), retries);
  const from = await upload.mount(mounts, signal);
  if (from !== undefined) return report({ status: `Mounted from ${from}` });
  report({ status: 'Pushing', current: 0 });
  await upload.send(signal).catch(async (error: unknown) => {
    signal.throwIfAborted();
    if (!isKind(error, 'unavailable', 'invalid-argument')) throw error;
    // Perhaps it is not the registry's fault.
    await verify(path, blob);
    throw error;
  });
  report({ status: 'Pushed' });
}

function sourceOf(path: string, { digest, size }: Descriptor, report: (news: UploadNews) => void): UploadSource {
  let reported = 0;
  const note = (current: number): void => {
    const now = performance.now();
    if (now - reported < reportEvery) return;
    reported = now;
    report({ status: 'Pushing', current });
  };
  return {
    digest,
    size,
    open: (start, end) => Readable.from(readCounted(path, { start, end }, note), { objectMode: false }),
  };
}

async function* readCounted(
  path: string,
  { start, end }: { start: number; end: number },
  note: (position: number) => void,
): AsyncGenerator<Buffer, void, undefined> {
  let position = start;
  for await (const chunk of createReadStream(path, { start, end: end - 1, highWaterMark: readSize })) {
    position += (chunk as Buffer).length;
    pushedBytes.add((chunk as Buffer).length);
    note(position);
    yield chunk as Buffer;
  }
}

async function verify(path: string, { digest, size }: Descriptor): Promise<void> {
  const present = await stat(path).catch(() => undefined);
  if (!present) throw dataLoss(`content ${digest} is missing from the image store`);
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  if (present.size === size && `sha256:${hash.digest('hex')}` === digest) return;
  throw dataLoss(`content ${digest} is damaged in the image store`);
}
