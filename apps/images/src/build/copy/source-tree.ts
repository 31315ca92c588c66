import type { TarEntry, TarItem } from '@arcbox/tar';
import type { ByteName } from '@arcbox/tar';

/** Files to copy from, which nobody changes: a directory on disk, or the archive of a build context. Names are resolved. */
export interface SourceTree {
  /** Undefined when there is nothing, not even its directory. */
  typeAt(name: ByteName): SourceType | undefined;
  /** Where a symbolic link leads; undefined when it is none. */
  linkAt(name: ByteName): ByteName | undefined;
  /** What is in a directory, in the order of the bytes; nothing when it is none. */
  namesIn(name: ByteName): ByteName[];
  /** One file, as an entry under another name. INVALID_ARGUMENT for a socket. */
  file(name: ByteName, base: ByteName): SourceFile;
  /** What is below a directory, directories before what is in them, by their names below it. */
  walk(name: ByteName, leaveOut: (base: string, name: string) => boolean): Iterable<SourceFile>;
  /** Bytes of a regular file; a chunk is valid until the next. */
  read(name: ByteName): AsyncIterable<Buffer>;
  /** All of a regular file that has at most `limit` bytes; undefined when it is larger. */
  readWhole(name: ByteName, limit: number): Buffer | undefined;
}

export type SourceType = 'directory' | 'file' | 'link' | 'other';

/** A file to copy; one from a walk, only while the walk stands at it. */
export interface SourceFile {
  readonly entry: TarEntry;
  /** The same for all names of one file; undefined when it has no other. */
  readonly identity?: string;
  readonly content?: TarItem['content'];
  /** Of a regular file: sha256 of its content, in hex. */
  digest(): string | Promise<string>;
}
