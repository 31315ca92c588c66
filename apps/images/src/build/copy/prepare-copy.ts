import { removeTree } from '../../store/remove-tree.ts';
import type { CopyAction } from '../language/action.ts';
import { bytesOf } from '@arcbox/tar';
import type { CopySource } from './copy-source.ts';
import type { CopyOrigin } from './find-files.ts';
import { findSources } from './find-sources.ts';
import { digestOf, hashSource } from './hash-source.ts';
import { parseMode } from './mode.ts';
import { resolveOwner } from './owner.ts';
import { isRemote, loadRemote } from './remote-source.ts';
import { writeSources } from './write-sources.ts';

/** A COPY or ADD whose sources were found. Disposing removes what was downloaded. */
export interface PreparedCopy extends AsyncDisposable {
  /**
   * `sha256:…` of all that will be written and of how: equal digests in equal
   * roots make equal files, but for their times.
   */
  readonly digest: string;
  /** Writes it into a root: a directory, or a mount of one. Names of `--chown` are those of that root. */
  apply(root: string, signal: AbortSignal): Promise<void>;
}

export interface CopyOptions {
  /** Gives a path for a file that is to be downloaded. */
  temporary(): string;
}

/**
 * Finds, downloads and hashes what an action copies. The origin stays as it is
 * until it is applied. Files of the context become root's; those of stages and
 * images keep their owners, as with BuildKit. `--link` makes no difference to
 * what is written.
 */
export async function prepareCopy(
  action: CopyAction,
  origin: CopyOrigin,
  options: CopyOptions,
  signal: AbortSignal,
): Promise<PreparedCopy> {
  await using stack = new AsyncDisposableStack();
  const sources: CopySource[] = [];
  for (const source of action.sources) {
    if (isRemote(source, action)) {
      const path = options.temporary();
      stack.defer(() => removeTree(path));
      sources.push(await loadRemote(action, source, path, signal));
    } else sources.push(...(await findSources(action, source, origin)));
  }
  for (const { name, content } of action.inline) sources.push({ kind: 'inline', base: bytesOf(name), content });
  const digest = await hashAction(action, sources, signal);
  const owned = stack.move();
  return {
    digest,
    apply: (root, stop) => apply(root, action, sources, stop),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function hashAction(action: CopyAction, sources: readonly CopySource[], signal: AbortSignal): Promise<string> {
  const { kind, destination, chown = '', chmod = '', link, parents } = action;
  const keepsOwners = keepsOwnersOf(action);
  const parts = [JSON.stringify([kind, bytesOf(destination), bytesOf(chown), chmod, link, parents, keepsOwners])];
  for (const source of sources) parts.push(await hashSource(source, { keepsOwners }, signal));
  return `sha256:${digestOf('copy', ...parts)}`;
}

async function apply(
  root: string,
  action: CopyAction,
  sources: readonly CopySource[],
  signal: AbortSignal,
): Promise<void> {
  const { destination, chown, chmod } = action;
  const owner = chown === undefined ? undefined : resolveOwner(root, chown);
  const mode = chmod === undefined ? undefined : parseMode(chmod);
  await writeSources(root, sources, { destination, owner, mode, keepsOwners: keepsOwnersOf(action) }, signal);
}

const keepsOwnersOf = ({ from }: CopyAction): boolean => from !== undefined;
