import { alreadyExists } from '@arcbox/errors';
import type { Store } from '@arcbox/store';
import { backupVolume } from './backup.ts';
import { fillDraft } from './draft.ts';
import { placeDraft } from './place-draft.ts';
import { checkName, findVolume, leaseOf, type Volume, type Volumes } from './volume.ts';
import type { VolumeTree } from './volume-tree.ts';

export interface CloneOrder {
  readonly source: string;
  /** Of the new volume. */
  readonly name: string;
  readonly labels: { readonly [name: string]: string };
}

/** Makes a plain volume with the content that another has now. ALREADY_EXISTS when the name is taken. */
export async function cloneVolume(
  parts: { store: Store; volumes: Volumes; tree: VolumeTree },
  { source, name, labels }: CloneOrder,
  signal: AbortSignal,
): Promise<Volume> {
  const { store, volumes } = parts;
  checkName(name);
  findVolume(volumes, source);
  requireFree(volumes, name);
  await using draft = await fillDraft(parts, backupVolume(parts, source, signal), signal);
  using _lease = await store.leases.hold(leaseOf(name), signal);
  requireFree(volumes, name);
  const volume: Volume = { id: name, driver: 'local', options: {}, labels, created: Date.now() };
  await placeDraft(parts, draft, volume);
  return volume;
}

function requireFree(volumes: Volumes, name: string): void {
  const present = volumes.get(name);
  if (present && !present.removing) throw alreadyExists(`volume ${name} exists`);
}
