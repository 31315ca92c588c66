import { treeItems, writeTar } from '@arcbox/tar';
import { type BuildContext, openContext } from '../src/build/copy/context.ts';
import { defaultContextLimits } from '../src/build/copy/context-limits.ts';
import { directoryTree } from '../src/build/copy/directory-tree.ts';
import { prepareCopy } from '../src/build/copy/prepare-copy.ts';
import { readIgnore } from '../src/build/copy/ignore.ts';
import type { SourceTree } from '../src/build/copy/source-tree.ts';
import type { CopyAction } from '../src/build/language/action.ts';
import { changes, type PlantedFiles, type Playground, survey } from './file-tree.ts';

export const never = new AbortController().signal;

/** An action as the language makes it: `COPY` of these sources, unless said otherwise. */
export function copyAction(sources: readonly string[], destination: string, more: Partial<CopyAction> = {}): CopyAction {
  return {
    kind: 'copy',
    sources,
    inline: [],
    destination,
    link: false,
    parents: false,
    excludes: [],
    display: 'COPY',
    ...more,
  };
}

/** Copies from a context into a root; returns the digest and how the root has changed. */
export async function copy(
  playground: Playground,
  { context, root }: { context: string; root: string },
  action: CopyAction,
): Promise<{ digest: string; changes: string[] }> {
  await using opened = await packed(playground, context);
  return await copyFrom(opened.tree, playground, root, action);
}

/** The files of a directory as a client sends them. */
function packed(playground: Playground, directory: string): Promise<BuildContext> {
  return openContext({ content: playground }, writeTar(treeItems(directory)), defaultContextLimits, never);
}

async function copyFrom(
  tree: SourceTree,
  playground: Playground,
  root: string,
  action: CopyAction,
): Promise<{ digest: string; changes: string[] }> {
  const before = survey(root);
  await using prepared = await prepareCopy(action, { tree, ignore: readIgnore(tree, { dockerfile: '' }) }, playground, never);
  await prepared.apply(root, never);
  return { digest: prepared.digest, changes: changes(before, survey(root)) };
}

/** The same with a new context and a new root; a directory and its archive have to be the same. */
export async function copyInto(
  playground: Playground,
  files: { context: PlantedFiles; root?: PlantedFiles },
  action: CopyAction,
): Promise<string[]> {
  const name = playground.temporary().split('/').at(-1) ?? '';
  const context = playground.plant(`${name}-context`, files.context);
  const [first, second] = ['a', 'b'].map((which) => playground.plant(`${name}-root-${which}`, files.root ?? {})) as [string, string];
  const done = await copy(playground, { context, root: first }, action);
  expect(await copyFrom(directoryTree(context), playground, second, action)).toEqual(done);
  return done.changes;
}
