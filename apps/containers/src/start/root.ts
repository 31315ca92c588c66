import { mkdirSync } from 'node:fs';
import { isMountRoot, mount, MountFlag, readMounts, unmount } from '@arcbox/linux';
import type { RootMount } from '../record/config.ts';

/** Options of fstab that are flags of mount(2); the rest is for the file system. */
const flags: { readonly [option: string]: number } = {
  ro: MountFlag.readonly,
  nosuid: MountFlag.nosuid,
  nodev: MountFlag.nodev,
  noexec: MountFlag.noexec,
  remount: MountFlag.remount,
  bind: MountFlag.bind,
  rbind: MountFlag.bind | MountFlag.recursive,
};

/** Mounts a prepared root at `path`, unless it is. */
export function mountRoot(path: string, mounts: readonly RootMount[]): void {
  if (isMountRoot(path)) return;
  mkdirSync(path, { recursive: true, mode: 0o755 });
  for (const { type, source, target, options } of mounts) {
    const flag = options.reduce((sum, option) => sum | (flags[option] ?? 0), 0);
    const data = options.filter((option) => flags[option] === undefined && option !== 'rw').join(',');
    mount({ type, source, target, flags: flag, data });
  }
}

/** Unmounts a root, all of its layers; what is not mounted is fine. */
export function unmountRoot(mounts: readonly RootMount[]): void {
  for (const { target } of mounts.toReversed()) unmount(target);
}

/** Unmounts everything below `path`, the innermost first. */
export function unmountBelow(path: string): void {
  for (const target of readMounts().toReversed()) if (target.startsWith(`${path}/`)) unmount(target);
}
