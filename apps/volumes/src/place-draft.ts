import type { Store } from '@arcbox/store';
import type { Draft } from './draft.ts';
import { type Volume, volumeEvent, type Volumes } from './volume.ts';
import type { VolumeTree } from './volume-tree.ts';

/** A filled directory becomes a new volume. The caller holds the lease of its name, which nobody has. */
export async function placeDraft(
  { store, volumes, tree }: { store: Store; volumes: Volumes; tree: VolumeTree },
  { id }: Draft,
  volume: Volume,
): Promise<void> {
  // Left by somebody who died on the way, here or in a removal.
  await tree.putAway(volume.id);
  await tree.place(id, volume.id);
  store.transaction(() => {
    volumes.put(volume);
    store.outbox.append(volumeEvent('create', volume));
  });
}
