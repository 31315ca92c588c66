import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, lutimesSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Context, PlantedFile } from './recipe.ts';

/** The time of every file of a context, in seconds: what is younger was made by a builder. */
export const planted = 1_600_000_000;

/** Makes the directory `root` with these files. */
export function plantContext(root: string, context: Context): void {
  mkdirSync(root, { recursive: true });
  for (const [name, file] of Object.entries(context)) plant(root, name, file);
  age(root);
}

function plant(root: string, name: string, file: PlantedFile): void {
  const path = join(root, name);
  const isDirectory = name.endsWith('/');
  mkdirSync(isDirectory ? path : dirname(path), { recursive: true });
  if (typeof file === 'string') {
    if (!isDirectory) writeFileSync(path, file, { mode: 0o644 });
    return;
  }
  if ('link' in file) return symlinkSync(file.link, path);
  if ('hardLink' in file) return linkSync(join(root, file.hardLink), path);
  if (!isDirectory) writeFileSync(path, file.content ?? '');
  // Not with mkdir or write: the umask has no say.
  if (file.mode !== undefined) chmodSync(path, file.mode);
}

function age(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) age(path);
    else lutimesSync(path, planted, planted);
  }
  utimesSync(directory, planted, planted);
}

/** The archive of a context, as clients of builders send it: all files are root's. */
export function packContext(directory: string): Buffer {
  const options = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--format=gnu'];
  return execFileSync('tar', [...options, '-C', directory, '-cf', '-', '.'], { maxBuffer: 2 ** 28 });
}
