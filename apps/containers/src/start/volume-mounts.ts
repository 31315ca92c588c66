import type { Config, MountUse, RootMount } from '../record/config.ts';
import { copyUp } from './copy-up.ts';
import { isEmpty } from './is-empty.ts';
import { mountRoot, unmountRoot } from './root.ts';
import type { Volume, VolumeWish } from '../clients/volumes-client.ts';

export interface VolumeMaker {
  /** Without a name, a new one that `owner` will take with it. Nobody can remove it before `release`. */
  ensure(wanted: VolumeWish, owner: string): Promise<Volume>;
  /** The owner has a record, which keeps its volumes. */
  release(owner: string): Promise<void>;
  /** Deletes what was made for an owner that will not be. */
  removeOwned(owner: string): Promise<void>;
}

/**
 * Makes the volumes that a container mounts and fills the empty ones with what
 * the image has at their place. On failure, those made for this container alone
 * are still there.
 */
export async function makeVolumes(
  volumes: VolumeMaker,
  root: { id: string; draft: Config; path: string; mounts: readonly RootMount[] },
): Promise<MountUse[]> {
  const made: MountUse[] = [];
  for (const mount of root.draft.mounts) {
    if (mount.type !== 'volume') {
      made.push(mount);
      continue;
    }
    const volume = await volumes.ensure({ name: mount.volume ?? '', labels: mount.volumeLabels, options: mount.volumeOptions }, root.id);
    made.push({ ...mount, volume: volume.name, source: volume.mountpoint });
  }
  const empty: MountUse[] = [];
  for (const mount of made) if (mount.type === 'volume' && !mount.noCopy && (await isEmpty(mount.source))) empty.push(mount);
  if (empty.length === 0) return made;
  try {
    mountRoot(root.path, root.mounts);
    for (const { source, target } of empty) await copyUp(root.path, target, source);
  } finally {
    unmountRoot(root.mounts);
  }
  return made;
}
