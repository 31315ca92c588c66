import { rmSync } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import type { Content } from '../../store/content.ts';
import { type Kept, Spool } from '../copy/spool.ts';
import { type PackedContent, PackIndex } from './pack-index.ts';

/** Contents that gather in a file of this process; it goes with the draft, unless it has become a pack. */
export class PackDraft implements AsyncDisposable {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #spool: Spool;
  readonly #contents: PackedContent[] = [];

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
    this.#spool = new Spool(file);
  }

  static async open(content: Pick<Content, 'temporary'>): Promise<PackDraft> {
    const path = content.temporary();
    return new PackDraft(path, await open(path, 'wx+', 0o600));
  }

  /** To read what was added, once it is flushed. */
  get descriptor(): number {
    return this.#file.fd;
  }

  get bytes(): number {
    return this.#spool.end;
  }

  get count(): number {
    return this.#contents.length;
  }

  async add(size: number, content: AsyncIterable<Buffer>): Promise<Kept> {
    const kept = await this.#spool.store(size, content);
    this.#contents.push({ ...kept, size });
    return kept;
  }

  flush(): Promise<void> {
    return this.#spool.flush();
  }

  /** Makes a pack of it, durably, but for its name. */
  async become(path: string): Promise<void> {
    await this.#spool.add(PackIndex.encode(this.#contents));
    await this.flush();
    await this.#file.sync();
    await rename(this.#path, path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.#path, { force: true });
    await this.#file.close();
  }
}
