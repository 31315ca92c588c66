import { cpSync, lstatSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { invalidArgument } from '@arcbox/errors';
import { MountFlag } from '@arcbox/linux';
import type { Build } from './build.ts';
import { BuildRoot } from './build-root.ts';
import { type OpenCache, openCache } from './cache-mount.ts';
import { copyContext } from './copy-step.ts';
import type { RunAction, RunMount } from './language/action.ts';
import { pathInRoot } from './path-in-root.ts';
import { SecretFiles } from './secret-files.ts';
import type { Overlay, ProgramMount } from './run-containers.ts';
import { copyTree } from './copy-tree.ts';

interface OpenMounts extends AsyncDisposable {
  readonly mounts: readonly ProgramMount[];
  /** In which sources of these lie. */
  readonly overlays: readonly Overlay[];
  /** Variables that are secrets, for `ProgramRun`. */
  readonly environmentFile: string;
}

/** Makes everything that a RUN mounts. */
export async function openMounts(build: Build, action: RunAction, step: number, signal: AbortSignal): Promise<OpenMounts> {
  await using stack = new AsyncDisposableStack();
  const mounts: ProgramMount[] = [];
  const opener = new MountOpener(build, step, stack, signal);
  // In one order everywhere: two builds that lock the same caches must not wait for each other.
  for (const mount of action.mounts.toSorted(byCache)) mounts.push(...(await opener.open(mount)));
  if (action.script) mounts.push(writeScript(build, action.script));
  const { environmentFile, overlays } = opener;
  const owned = stack.move();
  return { mounts, environmentFile, overlays, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const byCache = (a: RunMount, b: RunMount): number => cacheId(a).localeCompare(cacheId(b));
const cacheId = (mount: RunMount): string => (mount.type === 'cache' ? mount.id : '');

function writeScript({ workspace }: Build, { path, content }: NonNullable<RunAction['script']>): ProgramMount {
  const source = workspace.place('script');
  writeFileSync(source, content, { mode: 0o755 });
  return { type: 'bind', source, target: path, readonly: true };
}

/** Opens the mounts of one RUN, one by one. */
class MountOpener {
  readonly #build: Build;
  readonly #step: number;
  readonly #stack: AsyncDisposableStack;
  readonly #signal: AbortSignal;
  readonly overlays: Overlay[] = [];
  /** By their ids, and whether others are shut out. */
  readonly #caches = new Map<string, OpenCache>();
  #secrets: SecretFiles | undefined;

  constructor(build: Build, step: number, stack: AsyncDisposableStack, signal: AbortSignal) {
    this.#build = build;
    this.#step = step;
    this.#stack = stack;
    this.#signal = signal;
  }

  get environmentFile(): string {
    return this.#secrets?.environmentFile ?? '';
  }

  async open(mount: RunMount): Promise<ProgramMount[]> {
    switch (mount.type) {
      case 'bind':
        return [await this.#bind(mount)];
      case 'cache':
        return [await this.#cache(mount)];
      case 'tmpfs':
        return [this.#tmpfs(mount)];
      case 'secret':
        return this.#secret(mount);
    }
  }

  async #bind({ from, source, target, readOnly }: RunMount & { type: 'bind' }): Promise<ProgramMount> {
    const { workspace } = this.#build;
    if (!from) {
      const copy = workspace.place('context');
      return { type: 'bind', source: await copyContext(this.#build, source, copy, this.#signal), target, readonly: readOnly };
    }
    const origin = await this.#build.filesOf(from, this.#step);
    const files = existing(origin.path, source);
    if (readOnly) {
      this.overlays.push(origin);
      return { type: 'bind', source: files, target, readonly: true };
    }
    const copy = workspace.place('bind');
    if (!lstatSync(files).isDirectory()) {
      cpSync(files, copy, { preserveTimestamps: true });
      return { type: 'bind', source: copy, target, readonly: false };
    }
    // What is written goes to a directory of the build, and with it.
    const root = this.#stack.use(new BuildRoot(this.#build.engine, this.#build.workspace, origin.diffIds));
    this.overlays.push(root);
    return { type: 'bind', source: existing(root.path, source), target, readonly: false };
  }

  async #cache(mount: RunMount & { type: 'cache' }): Promise<ProgramMount> {
    const fill = async (directory: string): Promise<void> => {
      if (!mount.from) return;
      const origin = await this.#build.filesOf(mount.from, this.#step);
      await copyTree(existing(origin.path, mount.source), directory);
    };
    // One RUN may mount a cache twice; it would wait for itself.
    const key = `${mount.sharing === 'shared'} ${mount.id}`;
    const cache = this.#caches.get(key) ?? this.#stack.use(await openCache(this.#build.engine, mount, fill, this.#signal));
    this.#caches.set(key, cache);
    return { type: 'bind', source: cache.path, target: mount.target, readonly: mount.readOnly };
  }

  /** Programs may be built in it, so they may be run in it; a container's own would not let them. */
  #tmpfs({ target, size }: RunMount & { type: 'tmpfs' }): ProgramMount {
    const path = this.#build.workspace.place('tmpfs');
    const data = `mode=1777${size === undefined ? '' : `,size=${size}`}`;
    const flags = MountFlag.nosuid | MountFlag.nodev;
    this.#stack.use(this.#build.workspace.mount({ type: 'tmpfs', source: 'build', target: path, flags, data }));
    return { type: 'bind', source: path, target, readonly: false };
  }

  #secret(mount: RunMount & { type: 'secret' }): ProgramMount[] {
    const content = this.#build.options.secrets.get(mount.id);
    if (!content && mount.required) throw invalidArgument(`secret ${mount.id} is required and was not given`);
    if (!content) return [];
    this.#secrets ??= this.#stack.use(new SecretFiles(this.#build.workspace));
    return this.#secrets.add(mount, content);
  }
}

function existing(root: string, source: string): string {
  const path = join(root, pathInRoot(root, source));
  if (lstatSync(path, { throwIfNoEntry: false })) return path;
  throw invalidArgument(`nothing to mount: ${source} does not exist`);
}
