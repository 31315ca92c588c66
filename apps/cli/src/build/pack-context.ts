import { readlinkSync, type Stats } from 'node:fs';
import { EngineError, failedPrecondition, isKind } from '@arcbox/errors';
import { type TarEntry, type TarItem, writeTar } from '@arcbox/tar';
import { cannot } from '../file-failure.ts';
import type { ContextEntry } from './walk-context.ts';

/**
 * A tar archive of these entries, made while it is read: as they are, but owned
 * by root. A file that grows is cut at its first size; one that shrinks fails
 * the build. A piece is valid until the next is asked for.
 */
export async function* packContext(entries: Iterable<ContextEntry>): AsyncGenerator<Buffer, void, undefined> {
  let file = '';
  const items = function* (): Generator<TarItem, void, undefined> {
    for (const entry of entries) {
      file = entry.file;
      yield itemOf(entry);
    }
  };
  try {
    yield* writeTar(items());
  } catch (error) {
    if (isKind(error, 'data-loss')) throw failedPrecondition(`cannot read ${file}: it became shorter meanwhile`, error);
    throw error instanceof EngineError ? error : cannot('read', file, error);
  }
}

function itemOf({ path, file, stats }: ContextEntry): TarItem {
  const type = typeOf(stats);
  const size = type === '0' ? stats.size : 0;
  const entry: TarEntry = {
    name: bytesOf(path),
    type,
    mode: stats.mode & 0o7777,
    uid: 0,
    gid: 0,
    size,
    mtime: Math.floor(stats.mtimeMs / 1000),
    link: type === '2' ? readlinkSync(file, { encoding: 'latin1' }) : '',
    ...(type === '3' || type === '4' ? deviceOf(stats) : { major: 0, minor: 0 }),
    xattrs: none,
  };
  return size > 0 ? { entry, content: { file } } : { entry };
}

const none: TarEntry['xattrs'] = new Map();

/** Archives are bytes: a character each. */
const bytesOf = (path: string): string => Buffer.from(path, 'utf8').toString('latin1');

/** Letters of tar: pax(1), "ustar Interchange Format". */
function typeOf(stats: Stats): string {
  if (stats.isDirectory()) return '5';
  if (stats.isSymbolicLink()) return '2';
  if (stats.isFIFO()) return '6';
  if (stats.isCharacterDevice()) return '3';
  return stats.isBlockDevice() ? '4' : '0';
}

/** Linux: makedev(3). */
function deviceOf({ rdev }: Stats): { major: number; minor: number } {
  return { major: (rdev >>> 8) & 0xfff, minor: (rdev & 0xff) | ((rdev >>> 12) & 0xfff00) };
}
