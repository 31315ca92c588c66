import { closeSync, constants, lstatSync, openSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { invalidArgument } from '@arcbox/errors';
import { type TarMember, unpackTree } from '@arcbox/tar';
import { cannot } from '../file-failure.ts';
import { assertsDirectory } from './place.ts';
import type { Target } from './plan.ts';

/** As many links as are followed to where something is to be written. */
const mostLinks = 40;

/** Looks at where a copy goes; its directory must exist, and a device is no place for files. */
export function lookAtTarget(path: string): Target {
  const end = followed(path);
  const stat = statSync(end, { throwIfNoEntry: false });
  if (stat && !stat.isDirectory() && !stat.isFile()) throw invalidArgument('the destination must be a directory or a regular file');
  if (!stat && !isDirectory(dirname(resolve(end)))) throw invalidArgument(`directory ${dirname(resolve(end))} does not exist`);
  const suffix = assertsDirectory(path) && !assertsDirectory(end) ? '/' : '';
  return { path: `${end}${suffix}`, exists: stat !== undefined, isDirectory: stat?.isDirectory() ?? false };
}

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** Where the links lead that a path ends with, also where nothing is there yet. */
function followed(path: string): string {
  let end = path;
  for (let links = 0; look(end)?.isSymbolicLink(); links++) {
    if (links === mostLinks) throw invalidArgument(`${path}: too many symbolic links`);
    end = resolve(dirname(end), readlinkSync(end));
  }
  return end;
}

function look(path: string): Stats | undefined {
  try {
    return lstatSync(path.replace(/(?<=.)\/+$/, ''), { throwIfNoEntry: false });
  } catch (error) {
    throw cannot('write', path, error);
  }
}

/** Unpacks an archive in a directory of ours. Nothing is written elsewhere, whatever the archive says. */
export async function unpackInto(
  directory: string,
  members: AsyncIterable<TarMember>,
  { keepOwners }: { keepOwners: boolean },
): Promise<void> {
  const root = openDirectory(directory);
  try {
    const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    const options = { keepKinds: true, ...(keepOwners ? {} : { ownerOf: () => owner }) };
    await unpackTree(root, members, options, new AbortController().signal);
  } finally {
    closeSync(root);
  }
}

function openDirectory(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    throw cannot('write', path, error);
  }
}
