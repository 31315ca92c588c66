import { opendir } from 'node:fs/promises';
import { failedPrecondition, invalidArgument } from '@arcbox/errors';
import type { Store } from '@arcbox/store';
import { decompress } from '@arcbox/tar';
import type { Claims } from './claims.ts';
import { fillDraft } from './draft.ts';
import { placeDraft } from './place-draft.ts';
import type { VolumeUsers } from './remove.ts';
import { checkName, leaseOf, type Volume, type Volumes } from './volume.ts';
import type { VolumeTree } from './volume-tree.ts';

export interface RestoreParts {
  readonly store: Store;
  readonly volumes: Volumes;
  readonly tree: VolumeTree;
  readonly containers: Pick<VolumeUsers, 'runningWith'>;
  readonly claims: Claims;
}

/**
 * Fills a volume from a tar archive, plain or compressed; it is made when there
 * is none. All of it is seen at once, or nothing when something fails.
 * FAILED_PRECONDITION when it is not empty, unless that is to be replaced, and
 * when containers that run or start use it: they would go on with what it held before.
 */
export async function restoreVolume(
  parts: RestoreParts,
  { name, replace }: { name: string; replace: boolean },
  archive: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<void> {
  const { store, volumes, tree } = parts;
  checkName(name);
  // Before anything is sent; and once more when it is here.
  await requireFillable(parts, name, replace, signal);
  await using draft = await fillDraft(parts, notEmpty(decompress(archive)), signal);
  using _lease = await store.leases.hold(leaseOf(name), signal);
  const present = await requireFillable(parts, name, replace, signal);
  // Whoever has cancelled it may have removed the volume since.
  signal.throwIfAborted();
  if (present) await tree.swap(draft.id, name);
  else await placeDraft({ store, volumes, tree }, draft, { id: name, driver: 'local', options: {}, labels: {}, created: Date.now() });
}

async function requireFillable(
  { volumes, tree, containers, claims }: RestoreParts,
  name: string,
  replace: boolean,
  signal: AbortSignal,
): Promise<Volume | undefined> {
  const volume = volumes.get(name);
  if (!volume || volume.removing) return undefined;
  if (Object.keys(volume.options).length > 0) throw failedPrecondition(`volume ${name} is a mount of its own and cannot be replaced`);
  if (!replace && !(await isEmpty(tree.mountpoint(name)))) throw failedPrecondition(`volume ${name} is not empty`);
  const claimed = claims.ownersOf(name);
  const users = [...(await containers.runningWith(name, signal)), ...claimed];
  if (users.length > 0) throw failedPrecondition(`volume ${name} is in use by ${users.join(', ')}: stop that first`);
  return volume;
}

async function isEmpty(path: string): Promise<boolean> {
  await using directory = await opendir(path);
  return (await directory.read()) === null;
}

/** Nothing at all is no archive of nothing: whatever was to send it has failed. */
async function* notEmpty(archive: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let length = 0;
  for await (const chunk of archive) {
    length += chunk.length;
    yield chunk;
  }
  if (length === 0) throw invalidArgument('the archive is empty');
}
