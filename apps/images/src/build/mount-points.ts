import { lstatSync, rmdirSync, type Stats, unlinkSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { lgetxattr } from '@arcbox/linux';
import { pathInRoot } from './path-in-root.ts';

/** What the engine mounts in every container, by its place. */
const always = ['/proc', '/dev', '/sys', '/etc/hostname', '/etc/hosts', '/etc/resolv.conf'];

/** A file or directory that is made only so that something can be mounted there. */
export interface Place {
  readonly path: string;
  /** Directories above it that were there, the innermost first. */
  readonly above: readonly { readonly path: string; readonly stat: Stats }[];
}

/** Which of the places where a container will have mounts a root lacks; outermost first. */
export function missingPlaces(root: string, targets: readonly string[]): Place[] {
  const found = new Map<string, Place>();
  for (const target of [...always, ...targets]) {
    const resolved = pathInRoot(root, target);
    const parts = resolved.split('/').filter(Boolean);
    const paths = parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
    for (const path of paths) if (!statOf(root, path)) found.set(path, { path, above: above(root, path) });
  }
  return [...found.values()].sort((a, b) => a.path.length - b.path.length);
}

function above(root: string, path: string): Place['above'] {
  const found: { path: string; stat: Stats }[] = [];
  for (let directory = dirname(path); directory !== '/'; directory = dirname(directory)) {
    const stat = statOf(root, directory);
    if (stat) found.push({ path: directory, stat });
  }
  return found;
}

/**
 * Takes the places out of what a container wrote, in the upper directory of its
 * root, where it put nothing there itself; and directories that came there only
 * for their sake.
 */
export function removePlaces(upper: string, places: readonly Place[]): void {
  for (const { path, above: directories } of places.toReversed()) {
    const parent = join(upper, dirname(path));
    if (!isOfDirectories(upper, dirname(path))) continue;
    const before = lstatSync(parent);
    if (!removeEmpty(join(upper, path))) continue;
    utimesSync(parent, before.atime, before.mtime);
    for (const { path: directory, stat } of directories) {
      if (!isUnchanged(join(upper, directory), stat) || !removeEmpty(join(upper, directory))) break;
    }
  }
}

/** The program may have put links in the way, and they lead anywhere on the host. */
function isOfDirectories(upper: string, path: string): boolean {
  const parts = path.split('/').filter(Boolean);
  return parts.every((_, index) => statOf(upper, parts.slice(0, index + 1).join('/'))?.isDirectory());
}

/** True when it is gone; what holds something stays. */
function removeEmpty(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return false;
  if (stat.isFile() && stat.size === 0) {
    unlinkSync(path);
    return true;
  }
  if (!stat.isDirectory()) return false;
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTEMPTY') return false;
    throw error;
  }
}

/** One that was emptied and made anew is opaque: overlayfs.txt. */
function isUnchanged(path: string, before: Stats): boolean {
  const now = lstatSync(path, { throwIfNoEntry: false });
  if (!now || lgetxattr(path, 'trusted.overlay.opaque')) return false;
  return now.mode === before.mode && now.uid === before.uid && now.gid === before.gid;
}

const statOf = (root: string, path: string): Stats | undefined => lstatSync(join(root, path), { throwIfNoEntry: false });
