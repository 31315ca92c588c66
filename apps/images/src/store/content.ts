import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { link, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { dataLoss } from '@arcbox/errors';
import { processIdentity } from '@arcbox/store';
import { type Digest, digestOf, hexOf } from '../image/digest.ts';
import { type Layout, syncDirectory } from './layout.ts';

/** Begins the names of interrupted downloads in `ingest/`. */
export const partialPrefix = 'part-';

/** A blob that is to be kept: its bytes, or a file of the store with them, which stays. */
export type NewBlob = { readonly digest: Digest; readonly content: Uint8Array } | { readonly digest: Digest; readonly file: string };

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

  /** A small blob that is what its digest says; one that is damaged, or larger than `limit` bytes, is as good as none. */
  findSound(digest: Digest, limit = Infinity): Buffer | undefined {
    const content = this.findSmall(digest, limit);
    return content && digestOf(content) === digest ? content : undefined;
  }

  /** A small blob that must be here. */
  read(digest: Digest): Buffer {
    const content = this.find(digest);
    if (!content) throw dataLoss(`content ${digest} is missing from the image store`);
    return content;
  }

  /** Keeps blobs; when it returns, they are on disk for good. */
  async keep(blobs: readonly NewBlob[]): Promise<void> {
    for (const blob of blobs) {
      if ('file' in blob) await this.#link(blob);
      else await writeDurably(this.temporary(), this.#layout.blob(blob.digest), blob.content);
    }
    syncDirectory(this.#layout.blobs);
  }

  async #link({ digest, file }: { digest: Digest; file: string }): Promise<void> {
    await using content = await open(file);
    await content.sync();
    const temporary = this.temporary();
    await link(file, temporary);
    try {
      await rename(temporary, this.#layout.blob(digest));
    } finally {
      // It stays where it replaces itself.
      rmSync(temporary, { force: true });
    }
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
