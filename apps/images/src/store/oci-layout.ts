import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Content, writeDurably } from './content.ts';
import type { Layout } from './layout.ts';
import { type Descriptor, MediaType, mediaTypeOf } from '../image/manifest.ts';
import type { NameRecord, Records } from './records.ts';
import { formatReference, parseReference, type Reference } from '@arcbox/reference';

/** Names in an image layout: OCI image specification, annotations.md, and the one that containerd and Docker read. */
export const nameAnnotation = 'org.opencontainers.image.ref.name';
export const containerdNameAnnotation = 'io.containerd.image.name';

/** Content of `oci-layout`: OCI image specification, image-layout.md. */
export const layoutVersion = '{"imageLayoutVersion":"1.0.0"}\n';

/** Marks the directory as what it is. */
export function markLayout(layout: Layout): void {
  writeFileSync(join(layout.oci, 'oci-layout'), layoutVersion, { mode: 0o600 });
}

/** An entry of `index.json`. The full name stands in both annotations: a tag alone would name no repository. */
export function describeInLayout({ platform, annotations, ...target }: Descriptor, name?: Reference): object {
  const id = name && formatReference(name);
  const named = id === undefined ? annotations : { ...annotations, [nameAnnotation]: id, [containerdNameAnnotation]: id };
  return {
    ...target,
    ...(platform ? { platform: { ...platform, variant: platform.variant || undefined } } : {}),
    ...(named ? { annotations: named } : {}),
  };
}

/** Brings `index.json` up to the records. Hold the lease `content`. */
export async function writeIndex(layout: Layout, content: Content, records: Records): Promise<void> {
  await writeDurably(content.temporary(), indexFile(layout), formatIndex(content, records));
}

export const indexFile = (layout: Layout): string => join(layout.oci, 'index.json');

/**
 * What `index.json` should say: all names, and the images without one. It lists
 * manifests and no indexes: of those one platform is here as a rule, and readers in
 * place would miss the others.
 */
export function formatIndex(content: Content, { names, images }: Records): string {
  const named = names.all().filter(({ kind, explicit }) => kind === 'tag' || explicit);
  const byId = new Map(images.all().map((image) => [image.id, image]));
  const manifests = named.flatMap((name) => {
    const image = byId.get(name.image ?? '');
    return image ? [describeInLayout(manifestOf(content, name, image.manifest), parseReference(name.id))] : [];
  });
  const withName = new Set(named.map(({ image }) => image));
  const unnamed = [...byId.values()].filter(({ id }) => !withName.has(id)).map(({ manifest }) => describeInLayout(manifest));
  return `${JSON.stringify({ schemaVersion: 2, mediaType: MediaType.index, manifests: [...manifests, ...unnamed] })}\n`;
}

/** The same image may have several manifests, with other compression; the name says which. */
export function manifestOf(content: Content, { manifest }: NameRecord, usual: Descriptor): Descriptor {
  if (manifest === undefined || manifest === usual.digest) return usual;
  // One that the disk has spoilt must not keep all others from being listed.
  const bytes = content.findSound(manifest);
  if (!bytes) return usual;
  return { ...usual, mediaType: mediaTypeOf(bytes, usual.mediaType, manifest), digest: manifest, size: bytes.length };
}
