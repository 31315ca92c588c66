import type { Collection, Store } from '@arcbox/store';
import type { Digest } from '../image/digest.ts';
import type { Descriptor } from '../image/manifest.ts';
import type { Platform } from '../image/platform.ts';

/** A name and what it points at. Content need not be here. */
export interface NameRecord {
  /** Full reference: `docker.io/library/nginx:latest`, or `…@sha256:…`; of kind `other` any text. */
  readonly id: string;
  /** `docker.io/library/nginx`; empty of kind `other`. */
  readonly repository: string;
  /**
   * A name by digest remembers where an image came from; `explicit` when somebody asked for it by that name. `other` is
   * no full reference: it holds its content for clients of containerd, but stands for no image.
   */
  readonly kind: 'tag' | 'digest' | 'other';
  readonly explicit: boolean;
  /** Manifest or index, as the registry served it. */
  readonly target: Descriptor;
  /** The manifest of the platform that is here; the target itself when that is no index. */
  readonly manifest?: Digest;
  /** Image id. */
  readonly image?: Digest;
  /** What else of the target is here for this name: indexes on the way to the manifest, and what an archive brought for other platforms. */
  readonly held?: readonly Digest[];
  readonly labels: { readonly [name: string]: string };
  /** RFC 3339. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The blobs that a name holds by itself, beside those of its image. */
export function blobsOfName({ target, manifest, held = [] }: NameRecord): Digest[] {
  return [...new Set([target.digest, manifest ?? target.digest, ...held])];
}

/** An image whose content is all here. */
export interface ImageRecord {
  /** Digest of the configuration. */
  readonly id: Digest;
  readonly manifest: Descriptor;
  /** Digests of the compressed layers of that manifest. */
  readonly blobs: readonly Digest[];
  readonly platform: Platform;
  /** Lowest first. */
  readonly diffIds: readonly Digest[];
  /** When it was built, RFC 3339; empty if it does not say. */
  readonly created: string;
  /** Bytes of its files, unpacked. */
  readonly size: number;
  readonly labels: { readonly [name: string]: string };
  /** Image it was built on, when known here. */
  readonly parent?: Digest;
}

/** An unpacked layer, and the blobs that it comes from. */
export interface LayerRecord {
  /** Diff id. */
  readonly id: Digest;
  /** Name of its link in `l/`. */
  readonly short: string;
  /** Bytes of its files. */
  readonly size: number;
  /** Bytes of disk, unpacked, once somebody has measured them. */
  readonly disk?: number;
  readonly blobs: readonly Digest[];
  /**
   * Directories that it has files in but says nothing about: their attributes are those of the layers below. Bytes as
   * latin1, empty for the root.
   */
  readonly implied?: readonly string[];
  /** RFC 3339. */
  readonly createdAt: string;
  /** It was made here, or an image that had it was removed: unlike for the layers of an interrupted pull, nobody comes back for it. */
  readonly released?: true;
}

/** A root that a container uses. */
export interface RootRecord {
  /** Absolute path where it is mounted. */
  readonly id: string;
  readonly image: Digest;
  readonly diffIds: readonly Digest[];
  /** Name in `roots/`. */
  readonly directory: string;
  readonly createdAt: string;
}

/** Content that work in progress needs; counts while the lease `pin/<id>` is held. */
export interface PinRecord {
  readonly id: string;
  readonly digests: readonly Digest[];
}

/** A small blob that went with its last user, but for work in progress that had pinned it: goes with the next garbage. */
export interface PostponedRecord {
  readonly id: Digest;
}

/** What a client of containerd holds against garbage collection. */
export interface ContentLeaseRecord {
  readonly id: string;
  /** `containerd.io/gc.expire`, RFC 3339, ends it; `containerd.io/gc.flat` lets it hold nothing but its digests. */
  readonly labels: { readonly [name: string]: string };
  readonly digests: readonly Digest[];
  /** RFC 3339. */
  readonly createdAt: string;
}

/** A step of a build whose result is kept. */
export interface StepRecord {
  /** 64 hex characters that say everything the result depends on. */
  readonly id: string;
  /** Absent when the step changed no file. */
  readonly layer?: { readonly diffId: Digest; readonly blob: Descriptor; readonly size: number };
  /** When it was executed, RFC 3339. */
  readonly createdAt: string;
  /** RFC 3339; an hour late at most. */
  readonly usedAt: string;
  /** What people call it: `RUN make`. */
  readonly name: string;
}

/** Contents of build contexts that are kept in one file of `contexts/`. */
export interface PackRecord {
  /** Name of the file. */
  readonly id: string;
  /** Of the contents. */
  readonly bytes: number;
  /** How many contents. */
  readonly contents: number;
  /** Milliseconds since 1970. */
  readonly usedAt: number;
}

export interface Records {
  readonly names: Collection<NameRecord>;
  readonly images: Collection<ImageRecord>;
  readonly layers: Collection<LayerRecord>;
  readonly roots: Collection<RootRecord>;
  readonly pins: Collection<PinRecord>;
  readonly postponed: Collection<PostponedRecord>;
  readonly contentLeases: Collection<ContentLeaseRecord>;
  readonly steps: Collection<StepRecord>;
  readonly packs: Collection<PackRecord>;
}

export function openRecords(store: Store): Records {
  return {
    names: store.collection('names', { indexes: { image: '$.image', repository: '$.repository', target: '$.target.digest' } }),
    images: store.collection('images'),
    layers: store.collection('layers', { unique: { short: '$.short' } }),
    roots: store.collection('roots', { indexes: { image: '$.image' } }),
    pins: store.collection('pins'),
    postponed: store.collection('postponed'),
    contentLeases: store.collection('content_leases'),
    steps: store.collection('steps'),
    packs: store.collection('packs'),
  };
}
