import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Content, writeDurably } from './content.ts';
import type { Layout } from './layout.ts';
import { type Descriptor, MediaType } from './manifest.ts';
import type { Records } from './records.ts';

/** Names in an image layout: OCI image specification, annotations.md, and the one that containerd and Docker read. */
export const nameAnnotation = 'org.opencontainers.image.ref.name';
export const containerdNameAnnotation = 'io.containerd.image.name';

/** Marks the directory as what it is: OCI image specification, image-layout.md. */
export function markLayout(layout: Layout): void {
  writeFileSync(join(layout.oci, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}\n', { mode: 0o600 });
}

/** Brings `index.json` up to the records: all names, and the images without one. Hold the lease `content`. */
export async function writeIndex(layout: Layout, content: Content, { names, images }: Records): Promise<void> {
  const named = names.all().filter(({ kind, explicit, image }) => (kind === 'tag' || explicit) && image !== undefined);
  const withName = new Set(named.map(({ image }) => image));
  const manifests: Descriptor[] = [
    ...named.map(({ id, target }) => ({
      ...target,
      annotations: { ...target.annotations, [nameAnnotation]: id, [containerdNameAnnotation]: id },
    })),
    ...images
      .all()
      .filter(({ id }) => !withName.has(id))
      .map(({ manifest }) => manifest),
  ];
  const index = { schemaVersion: 2, mediaType: MediaType.index, manifests };
  await writeDurably(content.temporary(), join(layout.oci, 'index.json'), `${JSON.stringify(index)}\n`);
}
