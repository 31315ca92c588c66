import { closeSync, constants, createReadStream, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { invalidArgument } from '@arcbox/errors';
import { entryOf, type TreeFile, walkTree } from '@arcbox/tar';
import { type ByteName, pathOf, textOf } from '@arcbox/tar';
import { hashContent } from './hash-content.ts';
import { linkAt, lookAt } from './resolve-in-root.ts';
import type { SourceFile, SourceTree } from './source-tree.ts';

/** Opens a handle to the file itself, whatever it is: O_PATH. */
const handleOnly = 0o10000000 | constants.O_NOFOLLOW;

/** The files of a directory: of a stage, or of an image. */
export function directoryTree(root: string): SourceTree {
  return {
    typeAt(name) {
      const stat = lookAt(root, name);
      if (!stat) return undefined;
      if (stat.isDirectory()) return 'directory';
      if (stat.isFile()) return 'file';
      return stat.isSymbolicLink() ? 'link' : 'other';
    },
    linkAt: (name) => linkAt(root, name),
    namesIn: (name) => (lookAt(root, name)?.isDirectory() ? readdirSync(pathOf(root, name), { encoding: 'latin1' }).sort() : []),
    file: (name, base) => fileOnDisk(pathOf(root, name), base),
    walk: (name, leaveOut) => walk(pathOf(root, name), leaveOut),
    read: (name) => createReadStream(pathOf(root, name)),
    readWhole: (name, limit) => readWhole(pathOf(root, name), limit),
  };
}

/** One file on its own, under a name of its own. */
export function fileOnDisk(path: string | Buffer, base: ByteName): SourceFile {
  const descriptor = openSync(path, handleOnly);
  try {
    const stat = fstatSync(descriptor, { bigint: true });
    const entry = entryOf({ name: base, stat, path: Buffer.from(path as string), content: `/proc/self/fd/${descriptor}` });
    if (!entry) throw invalidArgument(`${textOf(base)} is a socket: it cannot be copied`);
    return { entry, content: { file: path }, digest: () => hashContent(path, entry.size) };
  } finally {
    closeSync(descriptor);
  }
}

function* walk(path: string | Buffer, leaveOut: (base: string, name: string) => boolean): Generator<SourceFile, void, undefined> {
  for (const file of walkTree(path, { leaveOut })) {
    const entry = file.name === '' ? undefined : entryOf(file);
    if (!entry) continue;
    yield { entry, identity: identityOf(file), content: { file: file.path }, digest: () => hashContent(file.content, entry.size) };
  }
}

function identityOf({ stat }: TreeFile): string | undefined {
  return stat.nlink < 2n || stat.isDirectory() ? undefined : `${stat.dev}:${stat.ino}`;
}

function readWhole(path: string | Buffer, limit: number): Buffer | undefined {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return fstatSync(descriptor).size > limit ? undefined : readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
