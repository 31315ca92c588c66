import { type BigIntStats, closeSync, constants, fstatSync, openSync, readdirSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { aborted, failedPrecondition } from '@arcbox/errors';
import { handleOnly, lgetxattr, mount, MountFlag, openInRoot } from '@arcbox/linux';
import { splitName, type TreeFile, walkTree } from '@arcbox/tar';
import type { Container } from '../record/container.ts';
import { mountRoot } from '../start/root.ts';
import { detach, type View } from './detach.ts';
import { isOfEngine } from './engine-places.ts';
import { type FilesDeps, requireFiles } from './open-files.ts';
import { lowerOptions, valueOf } from './overlay-options.ts';

export type ChangeKind = 'modified' | 'added' | 'deleted';

export interface FileChange {
  readonly kind: ChangeKind;
  /** Absolute, bytes as latin1. */
  readonly path: string;
}

/** Files that are looked at before others have their turn. */
const atOnce = 256;

/**
 * What a container has changed in the files of its image, by path: a directory is
 * changed when something in it is. Places where something is mounted when it runs
 * are new where the image has none.
 */
export async function fileChanges(deps: FilesDeps, reference: string, signal: AbortSignal): Promise<FileChange[]> {
  const { id } = deps.containers.find(reference);
  using layers = await openLayers(deps, id, signal);
  const found = new Found();
  let count = 0;
  for (const file of walkTree(`/proc/self/fd/${layers.upper}/.`)) {
    if (++count % atOnce === 0) await nextTurn();
    signal.throwIfAborted();
    if (file.name !== '') compare(file, layers.lower, found);
  }
  // What was removed meanwhile has not changed.
  if (!deps.containers.get(id)) throw aborted(`container ${reference} was removed meanwhile`);
  return found.sorted();
}

interface Layers extends Disposable {
  /** Descriptor of what the container has written. */
  readonly upper: number;
  /** Descriptor of the files of its image. */
  readonly lower: number;
}

async function openLayers({ containers, places }: FilesDeps, id: string, signal: AbortSignal): Promise<Layers> {
  using _lease = await containers.hold(id, signal);
  const container = containers.find(id);
  requireFiles(container);
  const overlay = container.config.root.find(({ type }) => type === 'overlay');
  if (!overlay) throw failedPrecondition(`container ${container.name} has no image to compare with`);
  using stack = new DisposableStack();
  const image = stack.use(openImage(places.views, container, overlay.options));
  const upper = openSync(valueOf(overlay.options, 'upperdir'), handleOnly | constants.O_DIRECTORY);
  stack.defer(() => closeSync(upper));
  const kept = stack.move();
  return { upper, lower: image.root, [Symbol.dispose]: () => kept.dispose() };
}

function openImage(views: string, { config }: Container, options: readonly string[]): View {
  const lower = valueOf(options, 'lowerdir');
  return detach(views, (target) => {
    // An overlay wants two.
    if (!lower.includes(':')) return mount({ type: 'none', source: lower, target, flags: MountFlag.bind });
    mountRoot(target, config.root.map((one) => ({ ...one, target, options: lowerOptions(one.options) })));
  });
}

/** What was found so far, and which directories the image has too. */
class Found {
  readonly #changes = new Map<string, ChangeKind>();
  readonly #shared = new Set(['']);

  add(name: string, kind: ChangeKind): void {
    if (!this.#changes.has(name)) this.#changes.set(name, kind);
    const { directory } = splitName(name);
    if (directory !== '' && !this.#changes.has(directory)) this.add(directory, 'modified');
  }

  /** The image has a directory there too. */
  share(name: string): void {
    this.#shared.add(name);
  }

  isShared(name: string): boolean {
    return this.#shared.has(name);
  }

  sorted(): FileChange[] {
    const changes = [...this.#changes].map(([name, kind]) => ({ path: `/${name}`, kind }));
    return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
  }
}

function compare(file: TreeFile, lower: number, found: Found): void {
  const { name, stat } = file;
  const before = found.isShared(splitName(name).directory) ? statIn(lower, name) : undefined;
  const isDirectory = stat.isDirectory();
  if (isWhiteout(stat)) {
    if (before) found.add(name, 'deleted');
    return;
  }
  if (isDirectory && (before?.isDirectory() || isOfEngine(name))) found.share(name);
  if (!before) {
    if (!isOfEngine(name)) found.add(name, 'added');
    return;
  }
  if (isChanged(before, stat)) found.add(name, 'modified');
  if (isDirectory && before.isDirectory() && isOpaque(file)) for (const gone of missingIn(file, lower)) found.add(gone, 'deleted');
}

/** By what changes when a file is written or its attributes are set. What is in a directory says nothing of itself. */
function isChanged(before: BigIntStats, now: BigIntStats): boolean {
  if (before.mode !== now.mode || before.uid !== now.uid || before.gid !== now.gid || before.rdev !== now.rdev) return true;
  return !now.isDirectory() && (before.mtimeNs !== now.mtimeNs || before.size !== now.size);
}

const isWhiteout = (stat: BigIntStats): boolean => stat.isCharacterDevice() && stat.rdev === 0n;

/** It was removed and made again: nothing of the image shows through. */
const isOpaque = ({ path }: TreeFile): boolean => lgetxattr(path, 'trusted.overlay.opaque')?.toString() === 'y';

function missingIn({ name, content }: TreeFile, lower: number): string[] {
  const present = new Set(readdirSync(content, { encoding: 'latin1' }));
  const handle = openInRoot(lower, Buffer.from(name, 'latin1'), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const before = readdirSync(`/proc/self/fd/${handle}`, { encoding: 'latin1' });
    return before.filter((base) => !present.has(base)).map((base) => `${name}/${base}`);
  } finally {
    closeSync(handle);
  }
}

function statIn(root: number, name: string): BigIntStats | undefined {
  try {
    const handle = openInRoot(root, Buffer.from(name, 'latin1'), handleOnly | constants.O_NOFOLLOW);
    try {
      return fstatSync(handle, { bigint: true });
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
