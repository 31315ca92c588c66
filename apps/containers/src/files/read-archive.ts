import { deadlineExceeded } from '@arcbox/errors';
import { takenInTime } from '@arcbox/stream';
import { fileCapability, fileItems, givenByAnyRoot, type TarItem, type TreeItem, treeItems, writeTar } from '@arcbox/tar';
import { findFile, type FoundFile, type PathStat } from './find-file.ts';
import { type Files, type FilesDeps, openFiles } from './open-files.ts';
import { cleanPath } from './path.ts';
import { type IdMaps, inside, rootOf } from '../userns/id-maps.ts';

/** Looks at one file of a container. NOT_FOUND when there is none. */
export async function statPath(deps: FilesDeps, reference: string, path: string, signal: AbortSignal): Promise<PathStat> {
  const clean = cleanPath(path);
  using files = await openFiles(deps, reference, { writable: false }, signal);
  using file = findFile(files, clean);
  return file.stat;
}

export type ArchivePiece = { readonly stat: PathStat } | { readonly data: Buffer };

/** Until the next piece has to be taken: meanwhile all that was removed stays on the disk. Milliseconds; people may look at it page by page. */
const usualPatience = 10 * 60_000;

/**
 * First what a file is, then a plain tar archive of it and of what is in it,
 * under the last part of its path. Chunks are valid until the next is asked for.
 */
export function readArchive(
  deps: FilesDeps,
  reference: string,
  path: string,
  signal: AbortSignal,
  milliseconds = usualPatience,
): AsyncGenerator<ArchivePiece, void, undefined> {
  const late = (): Error => deadlineExceeded('nobody has taken the next piece of the archive for some time');
  return takenInTime(piecesOf(deps, reference, path, signal), { milliseconds, late });
}

async function* piecesOf(deps: FilesDeps, reference: string, path: string, signal: AbortSignal): AsyncGenerator<ArchivePiece, void, undefined> {
  const clean = cleanPath(path);
  using files: Files = await openFiles(deps, reference, { writable: false }, signal);
  using file = findFile(files, clean);
  yield { stat: file.stat };
  for await (const data of writeTar(itemsOf(file, files.container.config.ids), { isChanging: true })) {
    signal.throwIfAborted();
    yield { data };
  }
}

function* itemsOf(file: FoundFile, ids: IdMaps | undefined): Generator<TarItem, void, undefined> {
  const name = Buffer.from(file.stat.name).toString('latin1');
  for (const item of treeOf(file)) {
    const entry = renamed(item, name);
    yield { ...item, entry: ids ? asInside(entry, ids) : entry };
  }
}

/** With the owner that it has for the container. */
function asInside(entry: TarItem['entry'], ids: IdMaps): TarItem['entry'] {
  const capability = entry.xattrs.get(fileCapability);
  const known = capability === undefined ? [] : [[fileCapability, givenByAnyRoot(capability, rootOf(ids).uid)] as const];
  return { ...entry, ...inside(ids, entry), xattrs: new Map([...entry.xattrs, ...known]) };
}

function treeOf({ info, handle, path }: FoundFile): Iterable<TreeItem> {
  const content = `/proc/self/fd/${handle}`;
  if (info.isDirectory()) return treeItems(`${content}/.`, { enterMounts: true });
  return fileItems({ name: '', stat: info, path: Buffer.from(path), content });
}

/** Below `top` instead of the root of the tree. */
function renamed({ entry }: TreeItem, top: string): TarItem['entry'] {
  const below = (name: string): string => (name === './' ? top : top === '/' ? `/${name}` : `${top}/${name}`);
  return { ...entry, name: below(entry.name), link: entry.type === '1' ? below(entry.link) : entry.link };
}
