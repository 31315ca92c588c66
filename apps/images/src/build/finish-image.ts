import { makeImage } from '../make-image.ts';
import type { ImageRecord } from '../records.ts';
import type { Build, BuildHistory, Position } from './build.ts';
import { documentOf } from './language/start-stage.ts';
import { keyOf } from './step-cache.ts';

/** Makes the image that a stage ends with, and its names. The same files and settings make the same image again. */
export async function finishImage(build: Build, position: Position): Promise<ImageRecord> {
  const { engine, options, pin, signal } = build;
  const { base, layers, state } = position;
  const document = withLabels(documentOf(state), options.labels);
  const created = createdAt(build, position, document);
  const config = { ...document, created, history: historyOf(document, position.history, created) };
  const image = { config, layers: layers.slice(base?.layers.length ?? 0), names: options.tags, event: 'build', pin } as const;
  return makeImage(engine, { ...image, ...(base ? { base: base.record, parent: base.record.id } : {}) }, signal);
}

function withLabels(document: Record<string, unknown>, labels: { readonly [name: string]: string }): Record<string, unknown> {
  const config = document['config'] as Record<string, unknown>;
  if (Object.keys(labels).length === 0) return document;
  const all = { ...(config['Labels'] as Record<string, string> | undefined), ...labels };
  const sorted = Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { ...document, config: { ...config, Labels: sorted } };
}

/** When exactly this image was made first, as far as the cache knows. */
function createdAt({ cache, clampTime, pin, options }: Build, { key, history }: Position, document: object): string {
  if (clampTime !== undefined) return new Date(clampTime * 1_000).toISOString();
  const id = keyOf({ image: key, document, history });
  const known = options.noCache ? undefined : cache.find(id, pin);
  return (known ?? cache.keep({ id, name: 'image', createdAt: new Date().toISOString() })).createdAt;
}

/** Steps without files are as old as the next that has some. */
function historyOf(document: Record<string, unknown>, entries: readonly BuildHistory[], created: string): object[] {
  const before = Array.isArray(document['history']) ? (document['history'] as object[]) : [];
  let next = created;
  const own = entries.toReversed().map(({ createdBy, created: at, isEmpty }) => {
    next = at ?? next;
    return { created: next, created_by: createdBy, ...(isEmpty ? { empty_layer: true } : {}) };
  });
  return [...before, ...own.reverse()];
}
