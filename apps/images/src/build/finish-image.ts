import type { Digest } from '../image/digest.ts';
import { makeImages, type ImageDocument, type NewImage } from '../roots/make-image.ts';
import type { ImageRecord } from '../store/records.ts';
import type { Build, Position } from './build.ts';
import { imageDocumentOf, imageIdOf } from './image-document.ts';
import { filesKey, keyOf } from './step-cache.ts';

/**
 * Makes the image that a stage ends with, its names, and the nameless images of
 * the steps before, each the parent of the next. The same files and settings
 * make the same image again.
 */
export async function finishImage(build: Build, position: Position): Promise<ImageRecord> {
  const { engine, options, signal } = build;
  const created = createdAt(build, position);
  const config = withLabels(imageDocumentOf(position, created), options.labels);
  const steps = imagesOfSteps(build, position);
  const parent = steps.at(-1)?.id ?? position.base?.record.id;
  const last = newImage(build, position, config, parent);
  const missing = steps.filter(({ id }) => !engine.records.images.get(id)).map(({ image }) => image);
  const made = await makeImages(engine, [...missing, { ...last, names: options.tags, event: 'build' }], signal);
  return made.at(-1) as ImageRecord;
}

/** The images of all steps but the last, lowest first. */
function imagesOfSteps(build: Build, last: Position): { id: Digest; image: NewImage }[] {
  const steps: { id: Digest; image: NewImage }[] = [];
  for (const milestone of last.milestones) {
    const created = milestone.history.at(-1)?.created;
    if (created === undefined || milestone.history.length === last.history.length) continue;
    const parent = steps.at(-1)?.id ?? last.base?.record.id;
    const image = newImage(build, milestone, imageDocumentOf(milestone, created), parent);
    steps.push({ id: imageIdOf(milestone, created), image });
  }
  return steps;
}

function newImage({ pin }: Build, { base, layers }: Position, config: ImageDocument, parent: Digest | undefined): NewImage {
  const added = layers.slice(base?.layers.length ?? 0);
  return { config, layers: added, names: [], pin, ...(base ? { base: base.record } : {}), ...(parent === undefined ? {} : { parent }) };
}

function withLabels(document: ImageDocument, labels: { readonly [name: string]: string }): ImageDocument {
  if (Object.keys(labels).length === 0) return document;
  const config = document['config'] as { readonly Labels?: Record<string, string> };
  const sorted = Object.entries({ ...config.Labels, ...labels }).sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...document, config: { ...config, Labels: Object.fromEntries(sorted) } };
}

/** When exactly this image was made first, as far as the cache knows. RFC 3339. */
function createdAt({ cache, clampTime, pin, options }: Build, position: Position): string {
  if (clampTime !== undefined) return new Date(clampTime * 1_000).toISOString();
  const last = position.history.at(-1)?.created;
  if (last !== undefined) return last;
  const id = keyOf({ files: filesKey(position.layers), document: imageDocumentOf(position, '') });
  const known = options.noCache ? undefined : cache.find(id, pin);
  return (known ?? cache.keep({ id, name: 'image', createdAt: new Date().toISOString() })).createdAt;
}
