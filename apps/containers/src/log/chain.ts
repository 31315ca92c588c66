import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { resourceExhausted } from '@arcbox/errors';

interface OpenFile {
  readonly descriptor: number;
  readonly inode: bigint;
  position: number;
}

/** A reader that is this many rotated files behind is given up: each keeps its bytes on the disk. */
const maxHeld = 64;

/**
 * The files of one log, `path` the newest and `path.1`, `path.2`, … older ones,
 * held open in order, so that rotation takes nothing away from a reader.
 */
export class LogChain implements Disposable {
  readonly #path: string;
  readonly #maxFiles: number;
  readonly #files: OpenFile[] = [];
  /** Of the newest file that was ever held. */
  #newest: bigint | undefined;

  constructor(path: string, maxFiles: number) {
    this.#path = path;
    this.#maxFiles = maxFiles;
    this.refresh();
  }

  /** Opens the files that are new since the last time. RESOURCE_EXHAUSTED when too many are waiting to be read. */
  refresh(): void {
    let names = this.#newNames();
    for (;;) {
      const opened = names.map(open).filter((file) => file !== undefined);
      const again = this.#newNames();
      // A rotation in between may have moved a file past us.
      if (again.length === names.length && opened.every(({ inode }, i) => inode === inodeOf(again[i] ?? ''))) {
        this.#files.push(...opened);
        this.#newest = opened.at(-1)?.inode ?? this.#newest;
        break;
      }
      for (const { descriptor } of opened) closeSync(descriptor);
      names = again;
    }
    if (this.#files.length > maxHeld) throw resourceExhausted('the reader of the log is too slow: it fell too far behind');
  }

  /** Bytes that follow; undefined when there are none now. */
  read(scratch: Buffer): Buffer | undefined {
    for (let file = this.#files[0]; file; file = this.#files[0]) {
      const size = readSync(file.descriptor, scratch, 0, scratch.length, file.position);
      if (size > 0) {
        file.position += size;
        return Buffer.from(scratch.subarray(0, size));
      }
      // A newer file was there before this read: nobody writes to this one any more.
      if (this.#files.length === 1) return undefined;
      closeSync(file.descriptor);
      this.#files.shift();
    }
    return undefined;
  }

  /** Goes to the end, behind the last whole line. */
  skipToEnd(scratch: Buffer): void {
    for (const { descriptor } of this.#files.splice(0, this.#files.length - 1)) closeSync(descriptor);
    const file = this.#files[0];
    if (!file) return;
    const { size } = fstatSync(file.descriptor);
    const start = Math.max(0, size - scratch.length);
    const read = readSync(file.descriptor, scratch, 0, scratch.length, start);
    file.position = start + scratch.subarray(0, read).lastIndexOf(0x0a) + 1;
  }

  /** Newer than all that are held, oldest first. */
  #newNames(): string[] {
    const names: string[] = [];
    for (let index = 0; index < this.#maxFiles; index++) {
      const name = index === 0 ? this.#path : `${this.#path}.${index}`;
      const inode = inodeOf(name);
      if (inode !== undefined && inode === this.#newest) break;
      if (inode !== undefined) names.unshift(name);
    }
    return names;
  }

  [Symbol.dispose](): void {
    for (const { descriptor } of this.#files.splice(0)) closeSync(descriptor);
  }
}

function open(name: string): OpenFile | undefined {
  try {
    const descriptor = openSync(name, 'r');
    return { descriptor, inode: fstatSync(descriptor, { bigint: true }).ino, position: 0 };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function inodeOf(name: string): bigint | undefined {
  return statSync(name, { bigint: true, throwIfNoEntry: false })?.ino;
}
