import { closeSync, constants, fstatSync, openSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { handleOnly } from '@arcbox/linux';
import { fileItems, type TarItem, type TreeItem, treeItems } from '@arcbox/tar';
import { cannot } from '../file-failure.ts';
import { assertsDirectory, splitEntry } from './place.ts';
import type { Source } from './plan.ts';
import { renamed, renamer } from './rename.ts';

/** A file or directory of ours, open. */
export interface LocalSource extends Source, Disposable {
  /** As entries of an archive, under this name; empty for what is in a directory. */
  items(name: string): Iterable<TarItem>;
}

/** Opens what is to be copied; a link is one, unless it is to be followed or its path says that it is a directory. */
export function openSource(path: string, { followLink }: { followLink: boolean }): LocalSource {
  const { base } = splitEntry(path);
  let handle: number;
  try {
    const place = followLink || assertsDirectory(path) ? realpathSync(path) : join(realpathSync(dirname(path)), base);
    const directoryOnly = assertsDirectory(path) ? constants.O_DIRECTORY : 0;
    handle = openSync(place, handleOnly | constants.O_NOFOLLOW | directoryOnly);
    return sourceOf(handle, place, base);
  } catch (error) {
    throw cannot('copy', path, error);
  }
}

function sourceOf(handle: number, path: string, name: string): LocalSource {
  const stat = fstatSync(handle, { bigint: true });
  const content = `/proc/self/fd/${handle}`;
  const files = (): Iterable<TreeItem> =>
    stat.isDirectory()
      ? treeItems(`${content}/.`, { enterMounts: true })
      : fileItems({ name: '', stat, path: Buffer.from(path), content });
  return {
    name,
    isDirectory: stat.isDirectory(),
    *items(newName) {
      const rename = renamer('', newName);
      for (const item of files()) {
        const entry = renamed(item.entry, rename);
        yield { ...item, entry: entry.name === '' ? { ...entry, name: './' } : entry };
      }
    },
    [Symbol.dispose]: () => closeSync(handle),
  };
}
