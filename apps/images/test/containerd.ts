import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ContentClient, ContentDefinition } from '@arcbox/proto/containerd/services/content/v1/content';
import { type Image, type ImagesClient, ImagesDefinition } from '@arcbox/proto/containerd/services/images/v1/images';
import { type LeasesClient, LeasesDefinition } from '@arcbox/proto/containerd/services/leases/v1/leases';
import { type NamespacesClient, NamespacesDefinition } from '@arcbox/proto/containerd/services/namespaces/v1/namespace';
import { eventually, startProcess } from '@arcbox/testing';
import { createChannel, createClient, Metadata, Status } from 'nice-grpc';
import { digestOf } from '../src/image/digest.ts';
import { type Descriptor, MediaType } from '../src/image/manifest.ts';

/** Clients of containerd's services, in whichever server. */
export interface ContainerdClients extends Disposable {
  readonly images: ImagesClient;
  readonly content: ContentClient;
  readonly leases: LeasesClient;
  readonly namespaces: NamespacesClient;
}

export function containerdClients(socket: string): ContainerdClients {
  const channel = createChannel(`unix://${socket}`);
  return {
    images: createClient(ImagesDefinition, channel),
    content: createClient(ContentDefinition, channel),
    leases: createClient(LeasesDefinition, channel),
    namespaces: createClient(NamespacesDefinition, channel),
    [Symbol.dispose]: () => channel.close(),
  };
}

/** A private containerd. */
export async function startContainerd(root: string): Promise<ContainerdClients & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  mkdirSync(root, { recursive: true });
  const [socket, config] = [join(root, 'containerd.sock'), join(root, 'config.toml')];
  const lines = [
    'version = 2',
    `root = "${join(root, 'data')}"`,
    `state = "${join(root, 'state')}"`,
    'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
    `[grpc]\naddress = "${socket}"`,
    `[ttrpc]\naddress = "${socket}.ttrpc"`,
  ];
  writeFileSync(config, `${lines.join('\n')}\n`);
  stack.defer(() => rmSync(root, { recursive: true, force: true }));
  stack.use(await startProcess('containerd', ['--config', config]));
  const clients = stack.use(containerdClients(socket));
  await eventually(() => clients.namespaces.list({}));
  const owned = stack.move();
  return { ...clients, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Options of a call in a namespace. */
export const within = (namespace: string) => ({ metadata: Metadata({ 'containerd-namespace': namespace }) });

/** A target whose content is nowhere. */
export function absent(word: string, annotations?: Record<string, string>): Descriptor {
  return { mediaType: MediaType.manifest, digest: digestOf(word), size: word.length, ...(annotations ? { annotations } : {}) };
}

/** A descriptor as messages have it. */
export const onWire = ({ mediaType, digest, size, annotations = {} }: Descriptor) => ({ mediaType, digest, size: BigInt(size), annotations: { ...annotations } });

/** What came of a call: the answer, or the name of the status. */
export async function outcomeOf<T>(call: Promise<T>): Promise<T | string> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'number') return Status[error.code] ?? String(error.code);
    throw error;
  }
}

/** An image without what differs from run to run. */
export function shape(image: Image | undefined): object | undefined {
  return image && { name: image.name, labels: image.labels, target: image.target && { ...image.target } };
}
