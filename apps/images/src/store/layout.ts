import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { type Digest, hexOf } from '../image/digest.ts';

/** Where everything of the image store lies, below `<state>/images`. */
export interface Layout {
  /** An OCI image layout: `oci-layout`, `index.json`, `blobs/`. */
  readonly oci: string;
  /** Manifests, configurations and layers as they were pulled. */
  readonly blobs: string;
  blob(digest: Digest): string;
  /** Unpacked layers, one directory for each diff id. */
  readonly layers: string;
  layer(diffId: Digest): string;
  /** The lower directory of images without layers. */
  readonly emptyLayer: string;
  /** Short links to the layers: the options of a mount must fit one page. */
  readonly links: string;
  link(short: string): string;
  /** Writable parts of prepared roots. */
  readonly roots: string;
  root(directory: string): string;
  /** What is being made, and what is being removed. */
  readonly ingest: string;
  /** What running builds have, a directory each. */
  readonly builds: string;
  /** Cache mounts of builds, a directory each. */
  readonly buildCaches: string;
  /** Contents of build contexts, many in a file. */
  readonly contexts: string;
  pack(id: string): string;
  /** Certificates for registries: `<host>/*.crt`. */
  readonly certificates: readonly string[];
  /** How registries are reached: `<host>/hosts.toml`. The first directory that knows a host decides. */
  readonly registries: readonly string[];
}

export function layoutIn(state: string): Layout {
  const at = (...parts: string[]): string => join(state, ...parts);
  return {
    oci: at('oci'),
    blobs: at('oci', 'blobs', 'sha256'),
    blob: (digest) => at('oci', 'blobs', 'sha256', hexOf(digest)),
    layers: at('layers'),
    layer: (diffId) => at('layers', hexOf(diffId)),
    emptyLayer: at('layers', 'empty'),
    links: at('l'),
    link: (short) => at('l', short),
    roots: at('roots'),
    root: (directory) => at('roots', directory),
    ingest: at('ingest'),
    builds: at('builds'),
    buildCaches: at('buildcache'),
    contexts: at('contexts'),
    pack: (id) => at('contexts', id),
    certificates: ['/etc/docker/certs.d', at('certs.d')],
    registries: [at('registries'), '/etc/arcbox/registries', '/etc/containerd/certs.d'],
  };
}

/** Makes what is missing. Layers hold files of any owner: nobody but root looks in. */
export function makeDirectories(layout: Layout): void {
  const { blobs, layers, links, roots, ingest, builds, buildCaches, contexts } = layout;
  for (const directory of [blobs, layers, links, roots, ingest, builds, buildCaches, contexts]) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }
  mkdirSync(layout.emptyLayer, { recursive: true, mode: 0o755 });
}

/** Makes names in a directory durable: what was renamed into it stays after a power cut. */
export function syncDirectory(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
