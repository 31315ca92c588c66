import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { mkdir, open, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { failedPrecondition } from '@arcbox/errors';
import { exchange, readMounts, runProgram, unmount } from '@arcbox/linux';

/** Deleting the largest volume may take this long; milliseconds. */
const patience = 30 * 60_000;

/**
 * The files of the volumes:
 *
 *   data/<name>/_data   what containers see
 *   new/                directories that are being made
 *   trash/              directories that are being deleted
 *   lost/               found without a record and not empty; kept for a person to look at
 *
 * A directory comes to its place, and leaves it, by one rename.
 */
export class VolumeTree {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
    for (const part of ['data', 'new', 'trash', 'lost']) mkdirSync(join(root, part), { recursive: true, mode: 0o711 });
  }

  /** Absolute path of the volume's content. */
  mountpoint(name: string): string {
    return join(this.#root, 'data', name, '_data');
  }

  /** Absolute path of the directory that goes with the volume. */
  home(name: string): string {
    return join(this.#root, 'data', name);
  }

  /** Whether the volume has its directory. Does not touch what is mounted there. */
  has(name: string): boolean {
    return existsSync(join(this.#root, 'data', name));
  }

  /** Makes an empty directory that may become a volume, on disk when this returns: the path of its content. */
  async begin(draft: string): Promise<string> {
    const path = join(this.#root, 'new', draft);
    await mkdir(path, { mode: 0o711 });
    await mkdir(join(path, '_data'), { mode: 0o755 });
    await sync(path);
    return join(path, '_data');
  }

  /** A draft becomes the directory of a volume that has none. */
  async place(draft: string, name: string): Promise<void> {
    await rename(join(this.#root, 'new', draft), join(this.#root, 'data', name));
    await sync(join(this.#root, 'data'));
  }

  /** The content of a draft becomes that of a volume, at once; the draft has what the volume had. */
  async swap(draft: string, name: string): Promise<void> {
    exchange(join(this.#root, 'new', draft, '_data'), this.mountpoint(name));
    await sync(join(this.#root, 'data', name));
  }

  /** Which directory is the volume's content now: another after an exchange. Empty when it has none. */
  identity(name: string): string {
    const stat = statSync(this.mountpoint(name), { bigint: true, throwIfNoEntry: false });
    return stat ? `${stat.dev}:${stat.ino}` : '';
  }

  /** Two volumes get each other's content, at once; on disk after `settle`. */
  exchange(first: string, second: string): void {
    exchange(this.mountpoint(first), this.mountpoint(second));
  }

  async settle(...names: string[]): Promise<void> {
    for (const name of names) await sync(join(this.#root, 'data', name));
  }

  /** Deletes a draft; one that has become a volume is fine. */
  async drop(draft: string): Promise<void> {
    await deleteTree(join(this.#root, 'new', draft));
  }

  /** Takes the volume's directory out of its place. Returns what deletes it, which may take long. */
  async discard(name: string): Promise<() => Promise<void>> {
    this.unmount(name);
    const target = join('trash', `${name}-${randomUUID().slice(0, 8)}`.slice(-255));
    await this.#move(name, target);
    return () => deleteTree(join(this.#root, target));
  }

  /** Unmounts what the options of a volume mounted. Refuses while anything else is mounted below: it would be deleted too. */
  unmount(name: string): void {
    const [directory, mountpoint] = [join(this.#root, 'data', name), this.mountpoint(name)];
    for (const mounted of readMounts()) if (mounted === mountpoint) unmount(mountpoint);
    const left = readMounts().find((mounted) => mounted === directory || mounted.startsWith(`${directory}/`));
    if (left !== undefined) throw failedPrecondition(`volume ${name} cannot be removed: something is mounted at ${left}`);
  }

  /** Deletes what was discarded by somebody who died before it was deleted. Returns why what stays could not be. */
  async emptyTrash(): Promise<unknown[]> {
    const trash = join(this.#root, 'trash');
    const failures: unknown[] = [];
    for (const entry of await readdir(trash)) await deleteTree(join(trash, entry)).catch((error: unknown) => failures.push(error));
    return failures;
  }

  /** Names of the directories there are. */
  async names(): Promise<string[]> {
    return readdir(join(this.#root, 'data'));
  }

  /** What is being made, or was when its maker died. */
  async drafts(): Promise<string[]> {
    return readdir(join(this.#root, 'new'));
  }

  /** Puts the directory of no volume away: deleted when it is empty, kept in `lost` when not. True when kept. */
  async putAway(name: string): Promise<boolean> {
    this.unmount(name);
    const content = await readdir(this.mountpoint(name)).catch(() => []);
    if (content.length === 0) {
      const deleteIt = await this.discard(name);
      await deleteIt();
      return false;
    }
    await this.#move(name, join('lost', `${name}-${Date.now()}`.slice(-255)));
    return true;
  }

  async #move(name: string, target: string): Promise<void> {
    try {
      renameSync(join(this.#root, 'data', name), join(this.#root, target));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    await sync(join(this.#root, 'data'));
  }
}

/**
 * Deletes a directory with all that is in it; one that is not there is fine. A
 * container may still have it, and put links in the way: rm(1) goes through open
 * directories and follows none. It keeps nobody waiting here, however large it is.
 */
async function deleteTree(path: string): Promise<void> {
  if (existsSync(path)) await runProgram('rm', ['-rf', '--one-file-system', '--', path], { patience });
}

async function sync(directory: string): Promise<void> {
  await using handle = await open(directory, 'r');
  await handle.sync();
}
