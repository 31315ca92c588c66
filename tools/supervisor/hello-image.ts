import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { type TarEntry, writeTar } from './tar.ts';

/** An image as an archive of an OCI image layout (OCI image specification, image-layout.md). */
export interface ImageArchive {
  readonly reference: string;
  /** Digest of the configuration. */
  readonly id: string;
  readonly archive: Buffer;
}

const architectures: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

/** Makes an image of nothing but a static busybox. The same busybox gives the same image. */
export function makeHelloImage(busybox: string): ImageArchive {
  const reference = 'localhost/arcbox/hello:latest';
  const layer = blob('application/vnd.oci.image.layer.v1.tar', writeTar(rootOf(busybox)));
  const config = json('application/vnd.oci.image.config.v1+json', {
    architecture: architectures[process.arch] ?? process.arch,
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: { Cmd: ['sh'], Env: ['PATH=/bin'] },
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
    history: [{ created: '1970-01-01T00:00:00Z', created_by: 'npm start' }],
  });
  const manifest = json('application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: descriptor(config),
    layers: [descriptor(layer)],
  });
  const index = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [
      {
        ...descriptor(manifest),
        annotations: { 'io.containerd.image.name': reference, 'org.opencontainers.image.ref.name': 'latest' },
      },
    ],
  };
  const archive = writeTar([
    file('oci-layout', JSON.stringify({ imageLayoutVersion: '1.0.0' })),
    file('index.json', JSON.stringify(index)),
    { type: 'directory', path: 'blobs/' },
    { type: 'directory', path: 'blobs/sha256/' },
    ...[manifest, config, layer].map(({ digest, content }) => file(`blobs/${digest.replace(':', '/')}`, content)),
  ]);
  return { reference, id: config.digest, archive };
}

function rootOf(busybox: string): TarEntry[] {
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  return [
    { type: 'directory', path: 'bin/' },
    { type: 'file', path: 'bin/busybox', content: readFileSync(busybox), mode: 0o755 },
    ...applets
      .filter((name) => name !== 'busybox')
      .map((name): TarEntry => ({ type: 'symlink', path: `bin/${name}`, target: 'busybox' })),
    { type: 'directory', path: 'etc/' },
    file('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n'),
    file('etc/group', 'root:x:0:\nnogroup:x:65534:\n'),
    { type: 'directory', path: 'root/', mode: 0o700 },
    { type: 'directory', path: 'tmp/', mode: 0o1777 },
  ];
}

interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly content: Buffer;
}

function blob(mediaType: string, content: Buffer): Blob {
  return { mediaType, digest: `sha256:${createHash('sha256').update(content).digest('hex')}`, content };
}

const json = (mediaType: string, value: unknown): Blob => blob(mediaType, Buffer.from(JSON.stringify(value)));

const descriptor = ({ mediaType, digest, content }: Blob) => ({ mediaType, digest, size: content.length });

const file = (path: string, content: string | Buffer): TarEntry => ({ type: 'file', path, content: Buffer.from(content) });
