import { createReadStream } from 'node:fs';
import { invalidArgument, unimplemented } from '@arcbox/errors';
import type { CopyAction } from '../language/action.ts';
import { isTarArchive } from './archive-file.ts';
import type { CopySource } from './copy-source.ts';
import { fileOnDisk } from './directory-tree.ts';
import { download } from './download.ts';
import type { SourceFile } from './source-tree.ts';

const git = /^(git@|git:\/\/|ssh:\/\/)|^https?:\/\/[^?#]*\.git(#.*)?$/;

/** Whether a source is not a path. Refuses what cannot be one and cannot be loaded either. */
export function isRemote(source: string, { kind }: CopyAction): boolean {
  const isUrl = /^https?:\/\//.test(source);
  if (!isUrl && !git.test(source)) return false;
  if (kind === 'copy') throw invalidArgument(`a source of COPY cannot be a URL: ${source}`);
  if (git.test(source)) throw unimplemented(`ADD does not load git repositories: ${source}`);
  return true;
}

/** Loads a file into `path`. It has its own mode, unless `--unpack` says that it is an archive. */
export async function loadRemote(
  action: CopyAction,
  source: string,
  path: string,
  signal: AbortSignal,
): Promise<CopySource> {
  const { base, mtime } = await download(source, { path, checksum: action.checksum }, signal);
  const look = (): SourceFile => fileOnDisk(path, base);
  if (action.unpack && (await isTarArchive(createReadStream(path)))) {
    return { kind: 'archive', read: () => createReadStream(path), digest: () => look().digest() };
  }
  return { kind: 'file', base, look, attributes: { mode: 0o600, mtime, exactMtime: undefined } };
}
