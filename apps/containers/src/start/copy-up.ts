import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, constants } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { internal } from '@arcbox/errors';
import { openInRoot } from '@arcbox/linux';
import { findProgram } from '../runtime/programs.ts';

/** Copying what an image has at a volume's place may take that long; milliseconds. */
const deadline = 10 * 60_000;

/** Names are bytes, messages are English. */
const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' };

const keepAll = ['--numeric-owner', '--xattrs', '--acls', '--no-fflags'];

/**
 * Copies a directory of a root with owners, modes and links into a volume; there
 * may be none. Nothing leads out on either side: the directory is opened inside
 * the root, and what writes has the volume as its root (chroot). Another
 * container may have the volume and put links in our way while we write.
 */
export async function copyUp(root: string, directory: string, volume: string): Promise<void> {
  const descriptor = openDirectory(root, directory);
  if (descriptor === undefined) return;
  try {
    const tar = findProgram('bsdtar');
    const reader = spawn(tar, ['-c', '-f', '-', ...keepAll, '-C', '/proc/self/fd/3', '.'], {
      stdio: ['ignore', 'pipe', 'pipe', descriptor],
      timeout: deadline,
      env,
    });
    const writer = spawn(tar, ['-x', '-p', '-f', '-', '--chroot', ...keepAll, '-C', volume], {
      stdio: ['pipe', 'ignore', 'pipe'],
      timeout: deadline,
      env,
    });
    const passing = pipeline(reader.stdout as Readable, writer.stdin as Writable);
    // All of them, so that nobody works on when this returns. The programs say what is wrong, a broken pipe does not.
    const [, read, written] = await Promise.all([passing.catch(() => {}), failureOf(reader), failureOf(writer)]);
    const failure = written ?? read;
    if (failure) throw internal('filling a volume failed', failure);
  } finally {
    closeSync(descriptor);
  }
}

function openDirectory(root: string, directory: string): number | undefined {
  try {
    return openInRoot(root, directory, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** Resolves when the program has ended: with what was wrong, if anything was. */
function failureOf(child: ChildProcess): Promise<Error | undefined> {
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2048)));
  return new Promise((resolve) => {
    child.once('error', resolve);
    child.once('close', (code, signal) => resolve(code === 0 ? undefined : new Error(`bsdtar ended with ${code ?? signal}: ${said.trim()}`)));
  });
}
