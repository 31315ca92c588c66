import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Paths } from './paths.ts';

/**
 * The id of this node: a UUID made once and kept in `<state>/node-id`. Safe when
 * several processes ask at once: the first file linked wins.
 */
export function nodeIdentity(paths: Paths): string {
  const file = join(paths.state, 'node-id');
  const kept = read(file);
  if (kept) return kept;
  mkdirSync(paths.state, { recursive: true, mode: 0o711 });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${randomUUID()}\n`, { mode: 0o644, flush: true });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(draft);
  }
  return read(file) ?? '';
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}
