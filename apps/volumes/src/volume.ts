import { invalidArgument, notFound } from '@arcbox/errors';
import type { Collection, Store } from '@arcbox/store';

export interface Usage {
  /** Bytes on disk; -1 while unknown. */
  readonly size: number;
  /** Containers that use it; -1 while unknown. */
  readonly users: number;
}

/** What is kept of a volume. */
export interface Volume {
  /** Its name; it has no other id. */
  readonly id: string;
  readonly driver: 'local';
  /** As they were given. */
  readonly options: { readonly [name: string]: string };
  readonly labels: { readonly [name: string]: string };
  /** Unix milliseconds. */
  readonly created: number;
  /** As it was when somebody last looked. */
  readonly usage?: Usage;
  /** Its removal has begun and will be finished; nobody sees it any more. */
  readonly removing?: boolean;
}

export type Volumes = Collection<Volume>;

export function volumeCollection(store: Store): Volumes {
  return store.collection<Volume>('volumes');
}

/** Marks volumes that nobody has named. */
export const anonymousLabel = 'com.docker.volume.anonymous';

/** One file name can be this long, in bytes. */
const longestName = 255;

export function checkName(name: string): void {
  if (name.length > longestName || !/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) {
    const rule = 'at least two characters of [a-zA-Z0-9_.-], beginning with a letter or digit';
    throw invalidArgument(`invalid volume name ${JSON.stringify(name)}: it must be ${rule}`);
  }
}

/** The volume, unless it is going. NOT_FOUND `no such volume: x`. */
export function findVolume(volumes: Volumes, name: string): Volume {
  const volume = volumes.get(name);
  if (!volume || volume.removing) throw notFound(`no such volume: ${name}`);
  return volume;
}

export function allVolumes(volumes: Volumes): Volume[] {
  return volumes.all().filter(({ removing }) => !removing);
}

export const leaseOf = (name: string): string => `volume/${name}`;

/** An event about a volume, in Docker's words. */
export function volumeEvent(action: 'create' | 'destroy', { id, driver, labels }: Volume) {
  return { type: 'volume', action, actor: { id, attributes: { ...labels, name: id, driver } } };
}
