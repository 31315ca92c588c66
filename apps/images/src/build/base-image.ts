import { failedPrecondition } from '@arcbox/errors';
import type { Digest } from '../image/digest.ts';
import type { ImageEngine } from '../engine.ts';
import { lookUp } from '../catalogue/find-image.ts';
import { type Descriptor, parseManifest, parseObject } from '../image/manifest.ts';
import type { Pin } from '../store/pins.ts';
import { hostPlatform, isSamePlatform, type Platform } from '../image/platform.ts';
import { pullImage } from '../pull/pull.ts';
import { type PullNews, PullReporter } from '../pull/pull-progress.ts';
import type { ImageRecord } from '../store/records.ts';
import { parseReference } from '@arcbox/reference';
import type { RegistryAccess } from '../registry/access.ts';
import { parseCredentials } from '../registry/credentials.ts';
import type { BuildOptions } from './options.ts';

/** A layer of an image that is being built. */
export interface BuildLayer {
  readonly diffId: Digest;
  readonly blob: Descriptor;
}

/** An image to build on, or to take files from. */
export interface BaseImage {
  readonly record: ImageRecord;
  /** Its configuration, all fields. */
  readonly document: { readonly [field: string]: unknown };
  /** Lowest first. */
  readonly layers: readonly BuildLayer[];
}

export interface BaseWish {
  /** As FROM names it. */
  readonly name: string;
  readonly platform: Platform;
  /** Whether somebody asked for this platform. */
  readonly isExplicit: boolean;
}

interface BaseDeps {
  readonly engine: ImageEngine;
  readonly registry: RegistryAccess;
  readonly options: Pick<BuildOptions, 'pull' | 'auths'>;
  /** Keeps the image for as long as the build takes. */
  readonly pin: Pin;
}

/** The image that is here, or else the registry's. */
export async function openBase(
  deps: BaseDeps,
  wish: BaseWish,
  report: (news: PullNews) => Promise<void>,
  signal: AbortSignal,
): Promise<BaseImage> {
  const isId = /^sha256:[0-9a-f]+$/.test(wish.name);
  const here = deps.options.pull && !isId ? undefined : present(deps, wish);
  if (here) return here;
  await pull(deps, wish, report, signal);
  const pulled = present(deps, wish);
  if (!pulled) throw failedPrecondition(`${wish.name} was removed while the build began`);
  return pulled;
}

function present({ engine, pin }: BaseDeps, { name, platform, isExplicit }: BaseWish): BaseImage | undefined {
  const { records, content } = engine;
  const seen = lookUp(records, name)?.image;
  if (!seen) return undefined;
  pin.add(seen.id, seen.manifest.digest, ...seen.blobs, ...seen.diffIds);
  // Looked at again: before the pin it may have gone.
  const record = records.images.get(seen.id);
  if (!record) return undefined;
  const wanted = isExplicit ? platform : hostPlatform();
  if (!isSamePlatform(record.platform, wanted) && isExplicit) return undefined;
  const { layers } = parseManifest(content.read(record.manifest.digest), name);
  return {
    record,
    document: parseObject(content.read(record.id), name),
    layers: layers.map((blob, index) => ({ blob, diffId: record.diffIds[index] ?? '' })),
  };
}

/** As a pull that somebody asks for, with its progress. */
async function pull(
  { engine, registry, options }: BaseDeps,
  { name, platform }: BaseWish,
  report: (news: PullNews) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const reference = parseReference(name);
  const credentials = parseCredentials(authFor(options.auths, reference.domain), reference.domain);
  const reporter = new PullReporter();
  const work = pullImage(engine, registry, { reference, credentials, platform }, reporter, signal).then(
    () => reporter.end(),
    (error: unknown) => reporter.fail(error),
  );
  try {
    for await (const news of reporter) await report(news);
  } finally {
    await work;
  }
}

/** Docker Hub has several names. */
function authFor(auths: BuildOptions['auths'], domain: string): string {
  const hub = ['docker.io', 'index.docker.io', 'https://index.docker.io/v1/', 'registry-1.docker.io'];
  const names = domain === 'docker.io' ? hub : [domain, `https://${domain}`];
  return names.map((name) => auths[name]).find(Boolean) ?? '';
}
