import { existsSync, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '@arcbox/errors';
import type { StoreProblem } from './check.ts';
import { type Digest, digestOf } from '../image/digest.ts';
import type { ImageEngine } from '../engine.ts';
import { parseImageConfig } from '../image/image-config.ts';
import { linkedLayer } from '../store/linked-layer.ts';
import { type Descriptor, parseManifest } from '../image/manifest.ts';
import { formatIndex, indexFile } from '../store/oci-layout.ts';
import { leaseOfRoot } from '../roots/prepare.ts';
import type { ImageRecord, LayerRecord, NameRecord, RootRecord } from '../store/records.ts';

type Problems = AsyncGenerator<StoreProblem, void, undefined>;

/** What is recorded but is not so on disk: from the names down to the roots. */
export async function* recordProblems(engine: ImageEngine): Problems {
  const { store, records, content, layout } = engine;
  const view = store.transaction(() => ({
    names: records.names.all(),
    images: records.images.all(),
    layers: new Map(records.layers.all().map((layer) => [layer.id, layer])),
    roots: records.roots.all(),
    index: formatIndex(content, records),
  }));
  const images = new Set(view.images.map(({ id }) => id));
  for (const name of view.names) yield* nameProblems(engine, name, images);
  for (const image of view.images) yield* imageProblems(engine, image, view.layers);
  for (const layer of view.layers.values()) yield* layerProblems(engine, layer);
  for (const root of view.roots) yield* rootProblems(engine, root, view.layers);
  const problem = indexProblem(readIndex(indexFile(layout)), view.index);
  if (problem !== undefined) yield { object: 'oci/index.json', problem };
}

/** Undefined when it is not there. */
function readIndex(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/** Says how many entries differ, and the first of them. */
function indexProblem(present: string | undefined, expected: string): string | undefined {
  if (present === undefined) return 'is missing';
  if (present === expected) return undefined;
  const [there, recorded] = [entriesOf(present), entriesOf(expected)];
  if (!there || !recorded) return 'is not an image index';
  const lacking = recorded.filter((entry) => !there.includes(entry));
  const extra = there.filter((entry) => !recorded.includes(entry));
  const [example = 'nothing but the order'] = [...lacking, ...extra];
  return `does not list what is recorded: ${lacking.length} entries are missing, ${extra.length} should not be there: ${example}`;
}

/** Each as JSON; undefined when it is no index. */
function entriesOf(index: string): string[] | undefined {
  try {
    const { manifests } = JSON.parse(index) as { manifests?: unknown[] };
    return manifests?.map((entry) => JSON.stringify(entry));
  } catch {
    return undefined;
  }
}

/** A name may stand for content that is not here; one that stands for an image may not. */
async function* nameProblems(engine: ImageEngine, name: NameRecord, images: ReadonlySet<Digest>): Problems {
  if (name.image === undefined) return;
  if (!images.has(name.image)) yield { object: name.id, problem: `stands for ${name.image}, which is not recorded` };
  for (const digest of new Set([name.target.digest, name.manifest ?? name.target.digest])) {
    const { problem } = readSmall(engine, digest);
    if (problem) yield { object: name.id, problem: `${digest} ${problem}` };
  }
  for (const digest of name.held ?? [])
    if ((await sizeOf(engine.layout.blob(digest))) === undefined) yield { object: name.id, problem: `${digest} is missing` };
}

async function* imageProblems(
  engine: ImageEngine,
  { id, manifest, blobs, diffIds }: ImageRecord,
  layers: ReadonlyMap<Digest, LayerRecord>,
): Problems {
  const of = (problem: string): StoreProblem => ({ object: id, problem });
  const [described, configured] = [readSmall(engine, manifest.digest), readSmall(engine, id)];
  if (described.problem) yield of(`manifest ${manifest.digest} ${described.problem}`);
  else yield* manifestProblems(engine, described.content, { id, manifest, blobs }, of);
  if (configured.problem) yield of(`configuration ${configured.problem}`);
  else if (!hasDiffIds(configured.content, id, diffIds)) yield of('the configuration has other layers than recorded');
  for (const [index, diffId] of diffIds.entries()) {
    const [layer, blob] = [layers.get(diffId), blobs[index] ?? ''];
    if (!layer) yield of(`layer ${diffId} is not recorded`);
    else if (!layer.blobs.includes(blob)) yield of(`layer ${diffId} is not recorded as made from ${blob}`);
  }
}

async function* manifestProblems(
  engine: ImageEngine,
  content: Buffer,
  { id, manifest, blobs }: Pick<ImageRecord, 'id' | 'manifest' | 'blobs'>,
  of: (problem: string) => StoreProblem,
): Problems {
  try {
    const { config, layers } = parseManifest(content, manifest.digest);
    if (config.digest !== id) yield of(`manifest ${manifest.digest} is of image ${config.digest}`);
    if (layers.map(({ digest }) => digest).join() !== blobs.join()) yield of('the manifest has other layers than recorded');
    for (const layer of layers) {
      const problem = await sizeProblem(engine, layer);
      if (problem) yield of(`layer ${layer.digest} ${problem}`);
    }
  } catch (error) {
    yield of(`manifest is broken: ${messageOf(error)}`);
  }
}

function hasDiffIds(config: Buffer, id: Digest, diffIds: readonly Digest[]): boolean {
  try {
    return parseImageConfig(config, id).diffIds.join() === diffIds.join();
  } catch {
    return false;
  }
}

async function* layerProblems({ layout }: ImageEngine, { id, short, blobs }: LayerRecord): Problems {
  if (!existsSync(layout.layer(id))) yield { object: id, problem: 'the directory of the layer is missing' };
  if (linkedLayer(layout, short) !== id) yield { object: id, problem: `l/${short} is no link to the layer` };
  for (const blob of blobs) if ((await sizeOf(layout.blob(blob))) === undefined) yield { object: id, problem: `blob ${blob} is missing` };
}

async function* rootProblems(
  { layout, records, store }: ImageEngine,
  { id, directory, diffIds }: RootRecord,
  layers: ReadonlyMap<Digest, LayerRecord>,
): Problems {
  // Somebody makes it or takes it away just now, or has done so since.
  using lease = store.leases.tryHold(leaseOfRoot(id));
  if (!lease || !records.roots.get(id)) return;
  for (const part of ['upper', 'work']) {
    const path = join(layout.root(directory), part);
    if (!existsSync(path)) yield { object: id, problem: `roots/${directory}/${part} of the root is missing` };
  }
  for (const diffId of diffIds) {
    if (!layers.has(diffId)) yield { object: id, problem: `layer ${diffId} of the root is not recorded` };
  }
}

/** A manifest, index or configuration, or what is wrong with it. */
function readSmall({ content }: ImageEngine, digest: Digest): { content: Buffer; problem?: string } {
  const bytes = content.find(digest);
  if (!bytes) return { content: Buffer.alloc(0), problem: 'is missing' };
  return { content: bytes, ...(digestOf(bytes) === digest ? {} : { problem: 'does not match its digest' }) };
}

async function sizeProblem({ layout }: ImageEngine, { digest, size }: Descriptor): Promise<string | undefined> {
  const found = await sizeOf(layout.blob(digest));
  if (found === undefined) return 'is missing';
  return found === size ? undefined : `has ${found} bytes instead of ${size}`;
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
