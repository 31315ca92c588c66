import { prepareCopy } from '../src/build/copy/prepare-copy.ts';
import { readIgnore } from '../src/build/copy/ignore.ts';
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
  const before = survey(root);
  const origin = { directory: context, ignore: readIgnore(context, 'Dockerfile') };
  await using prepared = await prepareCopy(action, origin, playground, never);
  await prepared.apply(root, never);
  return { digest: prepared.digest, changes: changes(before, survey(root)) };
}

/** The same with a new context and a new root. */
export async function copyInto(
  playground: Playground,
  files: { context: PlantedFiles; root?: PlantedFiles },
  action: CopyAction,
): Promise<string[]> {
  const name = playground.temporary().split('/').at(-1) ?? '';
  const context = playground.plant(`${name}-context`, files.context);
  const root = playground.plant(`${name}-root`, files.root ?? {});
  return (await copy(playground, { context, root }, action)).changes;
}
