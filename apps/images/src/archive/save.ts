import { existsSync, statSync } from 'node:fs';
import { dataLoss } from '@arcbox/errors';
import { type ImageEngine, noteEvent } from '../engine.ts';
import { usedDigests } from '../store/needed-digests.ts';
import { type Descriptor, parseManifest } from '../image/manifest.ts';
import { familiarName } from '../image/names.ts';
import { manifestOf } from '../store/oci-layout.ts';
import { Pin } from '../store/pins.ts';
import { reachableFrom } from '../store/reachable.ts';
import { formatFamiliar, parseReference } from '@arcbox/reference';
import { type ArchiveFormat, archiveMembers, type SavedImage } from './save-archive.ts';
import { type Selected, selectImages } from './save-selection.ts';
import { writeTar } from './save-tar.ts';

/**
 * A tar archive of images with all their content, piece by piece. Nothing of it
 * is removed while it is read. DATA_LOSS when the store itself is damaged.
 */
export async function* saveImages(
  engine: ImageEngine,
  { images: texts, format }: { images: readonly string[]; format: ArchiveFormat },
): AsyncGenerator<Buffer, void, undefined> {
  const { store, records, layout } = engine;
  using pin = Pin.hold(store, records);
  // Found and pinned in one transaction: a removal comes before both, or after.
  const selected = store.transaction(() => {
    const selection = selectImages(records, texts);
    const images = describe(engine, selection);
    pin.add(...images.flatMap(({ content, diffIds }) => [...content.map(({ digest }) => digest), ...diffIds]));
    return { selection, images };
  });
  for (const { content } of selected.images) for (const blob of content) demand(engine, blob);
  yield* writeTar(archiveMembers(layout, selected.images, format));
  noteSaved(engine, selected.selection);
}

/** One entry a target, in the order in which they were asked for. */
function describe(engine: ImageEngine, selection: readonly Selected[]): SavedImage[] {
  const used = usedDigests(engine.records, engine.content);
  const images = selection.map((selected) => describeOne(engine, selected, used));
  return [...Map.groupBy(images, ({ target }) => target.digest).values()].flatMap((same) => {
    const names = same.flatMap((image) => image.names);
    const byName = new Map(names.map((name) => [formatFamiliar(name), name]));
    return same.slice(0, 1).map((image) => ({ ...image, names: [...byName.values()] }));
  });
}

function describeOne({ content, layout }: ImageEngine, { record, name }: Selected, used: ReadonlySet<string>): SavedImage {
  const manifest = name ? manifestOf(content, name, record.manifest) : record.manifest;
  const { config, layers } = parseManifest(content.read(manifest.digest), manifest.digest);
  // An index of which only this platform is here would be of no use to others.
  const whole = name && reachableFrom(content, name.target, (wanted) => used.has(wanted) && existsSync(layout.blob(wanted)));
  return {
    id: record.id,
    config,
    layers,
    diffIds: record.diffIds,
    target: whole ? name.target : manifest,
    content: whole ?? [manifest, config, ...layers],
    names: name?.kind === 'tag' ? [parseReference(name.id)] : [],
  };
}

function demand({ layout }: ImageEngine, { digest, size }: Descriptor): void {
  const found = statSync(layout.blob(digest), { throwIfNoEntry: false })?.size;
  if (found === undefined) throw dataLoss(`content ${digest} is missing from the image store`);
  if (found !== size) throw dataLoss(`content ${digest} has ${found} bytes instead of ${size} in the image store`);
}

function noteSaved(engine: ImageEngine, selection: readonly Selected[]): void {
  engine.store.transaction(() => {
    for (const [id, [first]] of Map.groupBy(selection, ({ record }) => record.id))
      if (first) noteEvent(engine, 'save', first.record, first.name ? familiarName(first.name) : id);
  });
}
