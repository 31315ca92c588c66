import { randomBytes } from 'node:crypto';
import { alreadyExists, invalidArgument } from '@arcbox/errors';
import type { Store } from '@arcbox/store';
import { attach } from './attach.ts';
import { beginDraft } from './draft.ts';
import { parseOptions } from './options.ts';
import { anonymousLabel, checkName, leaseOf, type Volume, volumeEvent, type Volumes } from './volume.ts';
import type { VolumeTree } from './volume-tree.ts';

export interface VolumeOrder {
  /** Empty makes an anonymous volume. */
  readonly name: string;
  /** `local`, also when empty. */
  readonly driver: string;
  readonly options: { readonly [name: string]: string };
  readonly labels: { readonly [name: string]: string };
}

/** Makes a volume, or finds the one that was made with the same name and options. ALREADY_EXISTS with others. */
export async function createVolume(
  { store, volumes, tree }: { store: Store; volumes: Volumes; tree: VolumeTree },
  order: VolumeOrder,
  signal: AbortSignal,
): Promise<Volume> {
  const wanted = toVolume(order);
  parseOptions(wanted.options);
  using _lease = await store.leases.hold(leaseOf(wanted.id), signal);
  const present = volumes.get(wanted.id);
  if (present && !present.removing) return sameOrRefuse(present, wanted);
  await using draft = await beginDraft({ store, tree }, signal);
  // Left by somebody who died on the way, here or in a removal.
  await tree.putAway(wanted.id);
  await tree.place(draft.id, wanted.id);
  try {
    await attach(wanted.options, tree.mountpoint(wanted.id), signal);
    // Nobody would know of a volume whose creator has gone, or who undoes it may have looked for it already.
    signal.throwIfAborted();
  } catch (error) {
    const deleteIt = await tree.discard(wanted.id);
    await deleteIt();
    throw error;
  }
  store.transaction(() => {
    volumes.put(wanted);
    store.outbox.append(volumeEvent('create', wanted));
  });
  return wanted;
}

function toVolume({ name, driver, options, labels }: VolumeOrder): Volume {
  if (driver !== '' && driver !== 'local') throw invalidArgument(`unknown volume driver: ${driver}`);
  if (name !== '') checkName(name);
  return {
    id: name || randomBytes(32).toString('hex'),
    driver: 'local',
    options,
    labels: name === '' ? { ...labels, [anonymousLabel]: '' } : labels,
    created: Date.now(),
  };
}

function sameOrRefuse(present: Volume, wanted: Volume): Volume {
  const text = ({ driver, options }: Volume): string => JSON.stringify([driver, Object.entries(options).sort()]);
  if (text(present) === text(wanted)) return present;
  throw alreadyExists(`volume ${present.id} exists with other options`);
}
