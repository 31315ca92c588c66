import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { dataLoss } from '@arcbox/errors';
import { processIdentity } from '@arcbox/store';
import { type Digest, hexOf } from '../image/digest.ts';
import { type Layout, syncDirectory } from './layout.ts';

/** Begins the names of interrupted downloads in `ingest/`. */
export const partialPrefix = 'part-';

/** Files by digest: manifests, configurations and layers as they were pulled. */
export class Content {
  readonly #layout: Layout;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** A small blob; undefined when it is not here. */
  find(digest: Digest): Buffer | undefined {
    try {
      return readFileSync(this.#layout.blob(digest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** A blob of at most `limit` bytes; undefined when it is larger, or not here. */
  findSmall(digest: Digest, limit: number): Buffer | undefined {
    const size = statSync(this.#layout.blob(digest), { throwIfNoEntry: false })?.size;
    return size === undefined || size > limit ? undefined : this.find(digest);
  }

  /** A small blob that must be here. */
  read(digest: Digest): Buffer {
    const content = this.find(digest);
    if (!content) throw dataLoss(`content ${digest} is missing from the image store`);
    return content;
  }

  /** Keeps small blobs; when it returns, they are on disk for good. */
  async keep(blobs: readonly { digest: Digest; content: Uint8Array }[]): Promise<void> {
    for (const { digest, content } of blobs) await writeDurably(this.temporary(), this.#layout.blob(digest), content);
    syncDirectory(this.#layout.blobs);
  }

  async forget(digest: Digest): Promise<void> {
    await rm(this.#layout.blob(digest), { force: true });
  }

  /** A path for work in progress. It tells whose it is, so that recovery can clean up after the dead. */
  temporary(): string {
    return join(this.#layout.ingest, `${processIdentity() ?? process.pid}-${randomUUID()}`);
  }

  /** Where the bytes of a blob gather; what an interrupted download has left there is taken up again. */
  partial(digest: Digest): string {
    return join(this.#layout.ingest, `${partialPrefix}${hexOf(digest)}`);
  }
}

/** Writes a file so that either the old or all of the new content is there after a power cut. */
export async function writeDurably(temporary: string, path: string, content: Uint8Array | string): Promise<void> {
  try {
    await using file = await open(temporary, 'wx', 0o600);
    await file.writeFile(content);
    await file.sync();
    await rename(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}
