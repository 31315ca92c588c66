import { type BigIntStats, closeSync, constants, fstatSync, openSync, readdirSync } from 'node:fs';
import { failedPrecondition } from '@arcbox/errors';

/** A file of a tree, while the walk stands at it. */
export interface TreeFile {
  /** Relative to the root, bytes as latin1; empty for the root itself. */
  readonly name: string;
  readonly stat: BigIntStats;
  /** A path to the file itself, to use with calls that do not follow links. */
  readonly path: Buffer;
  /** A path to what a file or directory holds: whatever has taken its name meanwhile, it leads to the same file. */
  readonly content: string;
}

/** Opens nothing but a handle: devices and fifos do not notice. */
const handleOnly = 0o10000000 | constants.O_NOFOLLOW;

export interface WalkOptions {
  /** Files are passed over, with what is in them: by their own name, or by the one below the root. */
  readonly leaveOut?: (base: string, name: string) => boolean;
  /** Directories that something is mounted at are entered too. */
  readonly enterMounts?: boolean;
}

/** PATH_MAX: a longer name cannot be unpacked anywhere; bytes. */
const maxName = 4096;

/**
 * The files of a tree, directories before what is in them, in the order of
 * their bytes. Everything is reached through open directories, so that neither
 * long paths nor links that appear meanwhile lead anywhere else. What
 * disappears meanwhile is left out. Other file systems are entered only when the options say so.
 */
export function* walkTree(root: string | Buffer, options: WalkOptions = {}): Generator<TreeFile, void, undefined> {
  const descriptor = openSync(root, handleOnly | constants.O_DIRECTORY);
  try {
    const stat = fstatSync(descriptor, { bigint: true });
    const content = handlePath(descriptor);
    yield { name: '', stat, path: Buffer.from(root as string), content };
    yield* walkDirectory({ name: '', content }, stat.dev, options);
  } finally {
    closeSync(descriptor);
  }
}

function* walkDirectory(
  directory: { name: string; content: string },
  device: bigint,
  options: WalkOptions,
): Generator<TreeFile, void, undefined> {
  const prefix = Buffer.from(`${directory.content}/`);
  for (const child of readNames(directory.content)) {
    const base = child.toString('latin1');
    const name = directory.name === '' ? base : `${directory.name}/${base}`;
    if (options.leaveOut?.(base, name)) continue;
    if (name.length >= maxName)
      throw failedPrecondition(`${shown(name)}: paths of ${maxName} bytes and more have no place in an archive`);
    yield* walkFile(name, Buffer.concat([prefix, child]), device, options);
  }
}

function* walkFile(
  name: string,
  path: Buffer,
  device: bigint,
  options: WalkOptions,
): Generator<TreeFile, void, undefined> {
  const descriptor = unlessGone(() => openSync(path, handleOnly));
  if (descriptor === undefined) return;
  try {
    const file = { name, stat: fstatSync(descriptor, { bigint: true }), path, content: handlePath(descriptor) };
    yield file;
    if (file.stat.isDirectory() && (options.enterMounts || file.stat.dev === device)) yield* walkDirectory(file, device, options);
  } finally {
    closeSync(descriptor);
  }
}

function readNames(directory: string): Buffer[] {
  const names = unlessGone(() => readdirSync(directory, { encoding: 'buffer' })) ?? [];
  return names.sort((a, b) => a.compare(b));
}

const handlePath = (descriptor: number): string => `/proc/self/fd/${descriptor}`;

/** Undefined when the file went away, or another kind of file has taken its place. */
export function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESTALE' || code === 'EINVAL') return undefined;
    throw error;
  }
}

const shown = (name: string): string => `${Buffer.from(name.slice(0, 100), 'latin1').toString('utf8')}…`;
