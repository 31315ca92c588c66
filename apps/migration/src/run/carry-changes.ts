import { cleanName, encodeEntry, paddingOf, readTar, zeroBlock } from '@arcbox/tar';
import { mountPointsOf } from '../plan/inventory.ts';
import type { PlannedContainer } from '../plan/plan.ts';
import { objectOf, isTrue } from '../settings/json.ts';
import type { FileChange } from '../source/docker.ts';
import type { RunContext } from './context.ts';
import { requireAtSource } from './require-at-source.ts';
import { formatBytes } from './format-bytes.ts';

/** What engines put into every container themselves. */
const own = new Set(['dev', 'proc', 'sys', 'etc/hosts', 'etc/hostname', 'etc/resolv.conf', 'etc/mtab', '.dockerenv', 'run/.containerenv']);

/**
 * What a container has changed in the files of its image is changed in the new one: written, and taken away. With `again`
 * that may have some of it, which the source may have removed since.
 */
export async function carryChanges(context: RunContext, container: PlannedContainer, target: string, again: boolean): Promise<void> {
  const { source, targets, journal, signal } = context;
  const { id, name } = container;
  const found = await requireAtSource(context, container);
  // Nothing can be written there, here either.
  if (isTrue(objectOf(found['HostConfig'])['ReadonlyRootfs'])) return;
  const mounts = mountPointsOf(found).map(nameIn);
  const changes = (await source.changes(id, signal)).filter(({ path }) => isFile(nameIn(path), mounts));
  const wanted = selection(changes);
  const carried = again ? (await targets.containers.added(target, signal)).map(nameIn).filter((path) => isFile(path, mounts)) : [];
  const gone = carried.filter((path) => !wanted(Buffer.from(path).toString('latin1')));
  if (changes.length + gone.length === 0) return;
  const deleted = [...changes.filter(({ kind }) => kind === 'deleted').map(({ path }) => nameIn(path)), ...gone];
  const archive = only(source.export(id, signal), wanted, (bytes) => journal.pulse(`container ${name}`, formatBytes(bytes)));
  await targets.containers.write(target, deleted, archive, signal);
}

const nameIn = (path: string): string => path.replace(/^\/+|\/+$/g, '');

/** Neither the engine's, nor a mount's. */
function isFile(name: string, mounts: readonly string[]): boolean {
  const isBelow = (place: string): boolean => name === place || name.startsWith(`${place}/`);
  return name !== '' && !mounts.some(isBelow) && ![...own].some(isBelow);
}

/** Whether a file of the container is one that it has changed; names are bytes in latin1. */
function selection(changes: readonly FileChange[]): (name: string) => boolean {
  const changed = new Set(changes.filter(({ kind }) => kind !== 'deleted').map(({ path }) => Buffer.from(nameIn(path)).toString('latin1')));
  return (name) => changed.has(name);
}

/** An archive with those of its files that are wanted. */
async function* only(archive: AsyncIterable<Buffer>, isWanted: (name: string) => boolean, tell: (bytes: number) => void): AsyncGenerator<Buffer, void, undefined> {
  let bytes = 0;
  for await (const { extents: _, content, stored: __, ...entry } of readTar(archive)) {
    if (!isWanted(cleanName(entry.name))) continue;
    yield encodeEntry(entry);
    for await (const chunk of content) {
      tell((bytes += chunk.length));
      yield chunk;
    }
    yield zeroBlock.subarray(0, paddingOf(entry.size));
  }
  yield Buffer.concat([zeroBlock, zeroBlock]);
}
