import { closeSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { cloneMounts, isMounted, mount, MountFlag, unmount } from '@arcbox/linux';
import { isAlive, processIdentity } from '@arcbox/store';

/** Mounted files that no path leads to; they go with the descriptor, or with this process. */
export interface View extends Disposable {
  /** Descriptor of the root. */
  readonly root: number;
}

/**
 * What `fill` mounts at the directory it is given, taken out of everybody's sight.
 * `views` is where such directories are. Takes no pause: nobody else of this
 * process uses the directory meanwhile.
 */
export function detach(views: string, fill: (target: string) => void): View {
  const target = join(views, processIdentity() ?? '');
  mkdirSync(target, { recursive: true, mode: 0o700 });
  try {
    fill(target);
    const root = cloneMounts(target);
    return { root, [Symbol.dispose]: () => closeSync(root) };
  } finally {
    unmount(target);
    rmdirSync(target);
  }
}

/** Nothing that happens at `target` from now on is seen elsewhere, and the other way round. */
export function keepApart(target: string): void {
  mount({ type: 'none', source: 'none', target, flags: MountFlag.private | MountFlag.recursive });
}

/** Takes away what workers have left that were killed just when they put a view, or the layers for one, together. */
export function removeOldViews(views: string): void {
  for (const name of readdirSync(views)) {
    if (isAlive(name)) continue;
    const path = join(views, name);
    while (isMounted(path)) unmount(path);
    rmdirSync(path);
  }
}
