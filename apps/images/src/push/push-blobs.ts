import { eachInParallel } from '@arcbox/stream';
import { type Digest, shortOf } from '../image/digest.ts';
import type { ImageEngine } from '../engine.ts';
import type { Descriptor } from '../image/manifest.ts';
import type { PullReporter } from '../pull/pull-progress.ts';
import { pushBlob } from './push-blob.ts';
import type { PushDocument } from './push-content.ts';
import type { RegistryAccess } from '../registry/access.ts';
import type { RemoteRepository } from '../registry/repository.ts';
import { hasBlob } from '../registry/upload-blob.ts';

/** Blobs of one push that are sent at the same time; Docker's number. */
const parallelBlobs = 5;

/** What stays the same for all names of one push. */
export interface Push {
  readonly engine: ImageEngine;
  readonly registry: RegistryAccess;
  readonly remote: RemoteRepository;
  /** Of this repository and whoever pushes: tells apart what may be shared with other pushes. */
  readonly key: string;
  readonly mounts: ReadonlyMap<Digest, readonly string[]>;
  /** Blobs that are in the repository by now. */
  readonly done: Set<Digest>;
  readonly report: PullReporter;
}

/** All blobs, a few at a time; the first that fails ends the others. */
export async function pushBlobs(push: Push, documents: readonly PushDocument[], signal: AbortSignal): Promise<void> {
  const { report, done, remote, registry } = push;
  const layers = distinct(documents.flatMap((document) => document.layers));
  for (const { digest } of layers) report.status(shortOf(digest), 'Preparing');
  for (const { digest } of layers.slice(parallelBlobs)) report.status(shortOf(digest), 'Waiting');
  for (const { digest } of documents.flatMap(({ foreign }) => foreign)) {
    report.status(shortOf(digest), 'Skipped foreign layer');
  }
  const configs = distinct(documents.flatMap(({ config }) => config ?? []));
  const [first] = configs;
  // This request logs in: those that follow, beside each other, then need not.
  if (first && (await hasBlob(remote, first.digest, { retries: registry.retries, signal }))) done.add(first.digest);
  const blobs = distinct([...layers, ...configs]);
  const shown = new Set(layers.map(({ digest }) => digest));
  await eachInParallel(blobs, { limit: parallelBlobs, signal }, (blob, stop) => sendBlob(push, blob, shown.has(blob.digest), stop));
}

/** One blob; when another push sends it there already, it is only waited for. */
async function sendBlob(
  { engine, registry, remote, key, mounts, done, report }: Push,
  blob: Descriptor,
  isShown: boolean,
  signal: AbortSignal,
): Promise<void> {
  const id = shortOf(blob.digest);
  if (done.has(blob.digest)) return isShown ? report.status(id, 'Layer already exists') : undefined;
  const target = { layout: engine.layout, remote, retries: registry.retries };
  const task = { blob, mounts: mounts.get(blob.digest) ?? [] };
  await registry.uploads.join(
    `${key} ${blob.digest}`,
    (tell, stop) => pushBlob(target, task, tell, stop),
    (news) => (isShown ? report.layer(id, news, blob.size) : undefined),
    signal,
  );
  done.add(blob.digest);
}

const distinct = (blobs: readonly Descriptor[]): Descriptor[] => [
  ...new Map(blobs.map((blob) => [blob.digest, blob])).values(),
];

