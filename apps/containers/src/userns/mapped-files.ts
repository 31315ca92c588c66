import { closeSync, mkdirSync, rmdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { failedPrecondition } from '@arcbox/errors';
import { attachMounts, cloneMount, cloneMounts, mapOwners, unmount } from '@arcbox/linux';
import { processIdentity } from '@arcbox/store';
import type { RootMount } from '../record/config.ts';
import type { Places } from '../record/places.ts';
import { mountRoot } from '../start/root.ts';

/**
 * Mounts a prepared root at `path`, unless it is, so that the ids of its files
 * are those of a container's user namespace: `owners`, as `openFileOwners` makes
 * it. On disk they stay as they are in images. Takes no pause: nobody else of
 * this process uses the place meanwhile.
 */
export function mountMappedRoot({ layers }: Pick<Places, 'layers'>, path: string, mounts: readonly RootMount[], owners: number): void {
  const place = join(layers, processIdentity() ?? '');
  mkdirSync(place, { recursive: true, mode: 0o700 });
  const base = commonDirectory(mounts.flatMap(({ options }) => options.flatMap(directoriesOf)));
  try {
    attachMapped(cloneMount(base), place, { owners, what: base });
    mountRoot(path, mounts.map((mount) => ({ ...mount, options: mount.options.map((option) => moved(option, base, place)) })));
  } catch (error) {
    throw explained(error, base);
  } finally {
    // The root has what it needs of it.
    unmount(place);
    rmdirSync(place);
  }
}

/** Shows `source` and what is mounted in it at `target`, with the ids of a container's user namespace. */
export function mountMapped(source: string, target: string, mapped: Mapped): void {
  attachMapped(cloneMounts(source), target, mapped);
}

interface Mapped {
  readonly owners: number;
  /** Names what is mapped, for messages. */
  readonly what: string;
}

function attachMapped(tree: number, target: string, { owners, what }: Mapped): void {
  try {
    mapOwners(tree, owners);
    attachMounts(tree, target);
  } catch (error) {
    throw explained(error, what);
  } finally {
    closeSync(tree);
  }
}

/** What the kernel means by its refusal. */
function explained(error: unknown, what: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOSYS') return failedPrecondition(`${needed}: this kernel has none`, error);
  if (code === 'EINVAL') return failedPrecondition(`${needed}: those of this kernel do not work with the file system of ${what}`, error);
  return error;
}

const needed = 'user namespaces need the idmapped mounts of Linux 5.19 or newer';

const directoryOption = /^(lowerdir|upperdir|workdir)=(.*)$/s;

/** The directories that an option of an overlay names. */
function directoriesOf(option: string): string[] {
  return directoryOption.exec(option)?.[2]?.split(':') ?? [];
}

function moved(option: string, base: string, place: string): string {
  const [, name] = directoryOption.exec(option) ?? [];
  return name === undefined ? option : `${name}=${directoriesOf(option).map((directory) => join(place, relative(base, directory))).join(':')}`;
}

/** The innermost directory that all of them are in. */
function commonDirectory(paths: readonly string[]): string {
  return paths.map(dirname).reduce((base, directory) => {
    while (base !== '/' && !`${directory}/`.startsWith(`${base}/`)) base = dirname(base);
    return base;
  });
}
