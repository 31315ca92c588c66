import { ArchiveFormat } from '@arcbox/proto/arcbox/engine/v1/image';
import { blockSize, decodeHeader, isZero, paddingOf } from '@arcbox/tar';
import type { Replica } from './engine.ts';
import { makeTar, type TarInput } from './tar.ts';
import { type Blob, describeBlob, type TestImage } from './test-image.ts';

const blobFile = ({ digest, content }: Blob): TarInput => ({ name: `blobs/${digest.replace(':', '/')}`, content });

/** An OCI image layout of one image, or of an index. */
export function ociArchive(image: TestImage, annotations: Record<string, string> = {}, index?: Blob): Buffer {
  return layoutArchive([image], [{ target: index ?? image.manifest, annotations }], index ? [index] : []);
}

/** An OCI image layout: images, what `index.json` lists, and more blobs. */
export function layoutArchive(
  images: readonly TestImage[],
  entries: readonly { target: Blob; name?: string; annotations?: Record<string, string> }[],
  more: readonly Blob[] = [],
): Buffer {
  const manifests = entries.map(({ target, name, annotations }) => ({
    ...describeBlob(target),
    annotations: { ...annotations, ...(name === undefined ? {} : { 'io.containerd.image.name': name }) },
  }));
  const blobs = [...images.flatMap(({ manifest, config, layers }) => [manifest, config, ...layers]), ...more];
  return makeTar([
    { name: 'blobs/', type: '5' },
    ...blobs.map(blobFile),
    { name: 'index.json', content: JSON.stringify({ schemaVersion: 2, manifests }) },
    { name: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' },
  ]);
}

/** What `docker save` of old writes: a layer that comes twice is a link. */
export function dockerArchive(image: TestImage, tags: string[]): Buffer {
  const [layer] = image.layers;
  return makeTar([
    { name: `${image.id.slice(7)}.json`, content: image.config.content },
    { name: 'one/layer.tar', content: layer?.content },
    { name: 'two/layer.tar', type: '2', link: '../one/layer.tar' },
    {
      name: 'manifest.json',
      content: JSON.stringify([
        { Config: `${image.id.slice(7)}.json`, RepoTags: tags, Layers: ['one/layer.tar', 'two/layer.tar'] },
      ]),
    },
  ]);
}

/** Loads an archive; `isCut` leaves out the end of the upload. */
export async function importArchive(
  { imageStore }: Pick<Replica, 'imageStore'>,
  archive: Buffer,
  options: { reference?: string; isCut?: boolean } = {},
) {
  const { images } = await imageStore.import(
    (async function* () {
      yield { reference: options.reference ?? '' };
      for (let at = 0; at < archive.length; at += 10_000) yield { data: archive.subarray(at, at + 10_000) };
      if (!options.isCut) yield { eof: true };
    })(),
  );
  return images;
}

/** The bytes of an archive of images. */
export async function saveArchive(
  { imageStore }: Pick<Replica, 'imageStore'>,
  images: string[],
  format: ArchiveFormat = ArchiveFormat.ARCHIVE_FORMAT_UNSPECIFIED,
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const { data } of imageStore.save({ images, format })) pieces.push(data);
  return Buffer.concat(pieces);
}

/** The files of a plain archive. */
export function filesOf(archive: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (let at = 0; at < archive.length;) {
    const block = archive.subarray(at, at + blockSize);
    if (isZero(block)) break;
    const { name, size } = decodeHeader(block);
    files.set(name, archive.subarray(at + blockSize, at + blockSize + size));
    at += blockSize + size + paddingOf(size);
  }
  return files;
}
