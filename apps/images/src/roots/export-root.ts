import { closeSync, constants, mkdirSync, openSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { aborted, notFound } from '@arcbox/errors';
import { isMounted, mount, MountFlag, unmount } from '@arcbox/linux';
import { treeItems, writeTar } from '@arcbox/tar';
import type { ImageEngine } from '../engine.ts';
import { leaseOfRoot, parsePath, readOnlyOptions } from './prepare.ts';
import type { RootRecord } from '../store/records.ts';

/**
 * A plain tar archive of a prepared root, in use or not, without what else is
 * mounted in it. A chunk is valid until the next is asked for. NOT_FOUND when
 * the path is not prepared; ABORTED when it is cleaned up meanwhile.
 */
export async function* exportRoot(
  engine: ImageEngine,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  const { store, records } = engine;
  const id = parsePath(path);
  using view = await openView(engine, id, signal);
  for await (const chunk of writeTar(treeItems(view.path), { isChanging: true })) {
    signal.throwIfAborted();
    yield chunk;
  }
  // What was removed meanwhile is not in the archive; and whoever reads slowly keeps nobody from removing.
  using _lease = await store.leases.hold(leaseOfRoot(id), signal);
  if (records.roots.get(id)?.directory !== view.directory) throw aborted(`${id} was cleaned up while it was exported`);
}

/** The merged files of a root. */
interface View extends Disposable {
  readonly path: string;
  /** Of the root's record. */
  readonly directory: string;
}

async function openView(engine: ImageEngine, id: string, signal: AbortSignal): Promise<View> {
  using _lease = await engine.store.leases.hold(leaseOfRoot(id), signal);
  const root = engine.records.roots.get(id);
  if (!root) throw notFound(`${id} is not prepared`);
  const temporary = engine.content.temporary();
  const target = viewIn(temporary);
  mkdirSync(target, { recursive: true, mode: 0o700 });
  try {
    if (isMounted(id) && isPlain(engine, root)) mount({ type: 'none', source: id, target, flags: MountFlag.bind });
    else mountReadOnly(engine, root, target);
    const descriptor = openSync(target, constants.O_RDONLY | constants.O_DIRECTORY);
    return { path: `/proc/self/fd/${descriptor}/.`, directory: root.directory, [Symbol.dispose]: () => closeSync(descriptor) };
  } finally {
    // Out of sight at once: it lives as long as its descriptor, not longer than we do.
    unmount(target);
    rmdirSync(target);
    rmdirSync(temporary);
  }
}

/** It shows the owners that its files have on disk: that of a container with user ids of its own does not. */
function isPlain({ layout }: ImageEngine, { id, directory }: RootRecord): boolean {
  return statSync(id).uid === statSync(join(layout.root(directory), 'upper')).uid;
}

/** Where a view is mounted, for a moment, below a temporary directory. */
export const viewIn = (temporary: string): string => join(temporary, 'view');

/** What was written is the topmost of the lower directories: the container may be started meanwhile. */
function mountReadOnly({ layout, records }: ImageEngine, { directory, diffIds }: RootRecord, target: string): void {
  const data = readOnlyOptions(layout, records, diffIds, join(layout.root(directory), 'upper'));
  mount({ type: 'overlay', source: 'overlay', target, flags: MountFlag.readonly, data });
}
