import { spawn } from 'node:child_process';
import { closeSync, constants, readdirSync } from 'node:fs';
import { internal } from '@arcbox/errors';
import type { Config, MountUse, RootMount } from './container.ts';
import { mountRoot, unmountRoot } from './root.ts';
import { findProgram } from './runtime/programs.ts';
import { openInRoot } from './spec/in-root.ts';
import type { Volume } from './volumes-client.ts';

export interface VolumeMaker {
  ensure(name: string): Promise<Volume>;
  remove(name: string): Promise<void>;
}

/** Copying what an image has at a volume's place may take that long; milliseconds. */
const copyDeadline = 10 * 60_000;

/**
 * Makes the volumes that a container mounts and fills the empty ones with what
 * the image has at their place. `undo` takes back what was made for this
 * container alone.
 */
export async function makeVolumes(
  volumes: VolumeMaker,
  root: { draft: Config; path: string; mounts: readonly RootMount[] },
  undo: AsyncDisposableStack,
): Promise<MountUse[]> {
  const made: MountUse[] = [];
  for (const mount of root.draft.mounts) {
    if (mount.type !== 'volume') {
      made.push(mount);
      continue;
    }
    const volume = await volumes.ensure(mount.volume ?? '');
    if (mount.anonymous) undo.defer(() => volumes.remove(volume.name));
    made.push({ ...mount, volume: volume.name, source: volume.mountpoint });
  }
  const empty = made.filter(({ type, source }) => type === 'volume' && readdirSync(source).length === 0);
  if (empty.length === 0) return made;
  try {
    mountRoot(root.path, root.mounts);
    for (const { source, target } of empty) await copyFromRoot(root.path, target, source);
  } finally {
    unmountRoot(root.mounts);
  }
  return made;
}

/** Copies a directory of the root with owners, modes and links; there may be none. */
async function copyFromRoot(root: string, directory: string, destination: string): Promise<void> {
  const descriptor = openDirectory(root, directory);
  if (descriptor === undefined) return;
  try {
    // Through the descriptor, so that no link in the image leads elsewhere.
    await copy(descriptor, destination);
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

function copy(descriptor: number, destination: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(findProgram('cp'), ['-a', '/proc/self/fd/3/.', destination], {
      stdio: ['ignore', 'ignore', 'pipe', descriptor],
      timeout: copyDeadline,
    });
    let errors = '';
    child.stderr?.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-2048)));
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(internal('filling a volume failed', new Error(errors)))));
  });
}
