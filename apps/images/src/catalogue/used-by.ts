import { basename, dirname } from 'node:path';
import type { RootRecord } from '../store/records.ts';

/** Containers that a message names. */
const maxNamed = 5;

/**
 * Who uses an image, for messages: `container 7de5fa12c5d6 (stopped)`, or
 * several of them. `running` are the ids of those that run; undefined when
 * nobody can tell.
 */
export function describeUsers(roots: readonly RootRecord[], running: ReadonlySet<string> | undefined): string {
  const named = roots.flatMap(({ id }) => containerOf(id) ?? []).map((id) => describe(id, running));
  if (named.length < roots.length) return running?.size === 0 ? 'a stopped container' : 'a running container';
  const rest = named.length > maxNamed ? ` and ${named.length - maxNamed} more` : '';
  return `${named.length > 1 ? 'containers' : 'container'} ${named.slice(0, maxNamed).join(', ')}${rest}`;
}

/** A container's root is `<id>/rootfs`; other paths belong to somebody else. */
export function containerOf(path: string): string | undefined {
  const directory = basename(dirname(path));
  return /^[0-9a-f]{64}$/.test(directory) ? directory : undefined;
}

function describe(id: string, running: ReadonlySet<string> | undefined): string {
  const state = running && (running.has(id) ? ' (running)' : ' (stopped)');
  return `${id.slice(0, 12)}${state ?? ''}`;
}
