import type { TarEntry } from '@arcbox/tar';
import type { ByteName } from '@arcbox/tar';
import type { FileFilter } from './file-filter.ts';
import type { SourceFile, SourceTree } from './source-tree.ts';

/** One thing to be copied. */
export type CopySource = TreeSource | FileSource | InlineSource | ArchiveSource;

/** What is in a directory, not the directory itself. */
export interface TreeSource {
  readonly kind: 'tree';
  readonly tree: SourceTree;
  readonly name: ByteName;
  readonly filter: FileFilter;
}

/** Anything but a directory. */
export interface FileSource {
  readonly kind: 'file';
  /** Its name in a destination that is a directory. */
  readonly base: ByteName;
  look(): SourceFile;
  /** What is different from the file: a download has its own mode and time. */
  readonly attributes?: Partial<Pick<TarEntry, 'mode' | 'mtime' | 'exactMtime'>>;
}

/** A file that stands in the Dockerfile. */
export interface InlineSource {
  readonly kind: 'inline';
  readonly base: ByteName;
  readonly content: Buffer;
}

/** A tar archive whose files are copied, compressed or not. */
export interface ArchiveSource {
  readonly kind: 'archive';
  read(): AsyncIterable<Buffer>;
  /** sha256 of its bytes, in hex. */
  digest(): string | Promise<string>;
}
