import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Build } from './build.ts';
import { bytesOf } from '@arcbox/tar';
import { directoryTree } from './copy/directory-tree.ts';
import type { CopyOrigin } from './copy/find-files.ts';
import { type PreparedCopy, prepareCopy } from './copy/prepare-copy.ts';
import { resolveLinks } from './copy/resolve-in-root.ts';
import type { CopyAction } from './language/action.ts';
import type { FileStep } from './perform-step.ts';

/** Files that come from somewhere else. Their content is the key: where they come from does not matter. */
export async function copyStep(build: Build, action: CopyAction, step: number): Promise<FileStep> {
  const origin = action.from ? { tree: directoryTree((await build.filesOf(action.from, step)).path) } : build.context;
  const prepared = await prepare(build, action, origin);
  return {
    name: action.display,
    key: { kind: 'copy', digest: prepared.digest },
    perform: (root, signal) => prepared.apply(root.path, signal),
  };
}

/** The key of files of the context, as far as `.dockerignore` lets them be seen. */
export async function contextKey(build: Build, source: string): Promise<string> {
  return (await prepare(build, asCopy(source), build.context)).digest;
}

/** Copies files of the context to a new directory and says where they are. */
export async function copyContext(build: Build, source: string, directory: string, signal: AbortSignal): Promise<string> {
  const prepared = await prepare(build, asCopy(source), build.context);
  mkdirSync(directory, { mode: 0o755 });
  await prepared.apply(directory, signal);
  const { tree } = build.context;
  const isDirectory = tree.typeAt(resolveLinks(tree, bytesOf(source), { followLast: true })) === 'directory';
  return isDirectory ? directory : join(directory, basename(source));
}

/** What is downloaded goes with the build. */
function prepare({ workspace, signal }: Build, action: CopyAction, origin: CopyOrigin): Promise<PreparedCopy> {
  return prepareCopy(action, origin, { temporary: () => workspace.place('download') }, signal);
}

function asCopy(source: string): CopyAction {
  return { kind: 'copy', sources: [source], inline: [], destination: '/', link: false, parents: false, excludes: [], display: '' };
}
