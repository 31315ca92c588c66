import { lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Overlay } from '../record/config.ts';
import type { Places } from '../record/places.ts';
import { mountMapped, mountMappedRoot } from './mapped-files.ts';
import type { Mapping } from './mapping.ts';

/**
 * Shows files that the engine mounts in a container, those of builds, with the ids of
 * this container; returns where. The kernel maps no overlay: one is mounted once more,
 * out of directories that are mapped. `place` is nothing yet.
 */
export function showEngineFiles(
  places: Pick<Places, 'layers'>,
  source: string,
  place: string,
  { owners, overlays }: Pick<Mapping, 'owners'> & { overlays: readonly Overlay[] },
): string {
  const overlay = overlays.find(({ path }) => source === path || source.startsWith(`${path}/`));
  if (overlay) {
    const { path, options } = overlay;
    mountMappedRoot(places, place, [{ type: 'overlay', source: 'overlay', target: place, options }], owners);
    return join(place, relative(path, source));
  }
  if (lstatSync(source).isDirectory()) mkdirSync(place, { mode: 0o700 });
  else writeFileSync(place, '', { mode: 0o600 });
  mountMapped(source, place, { owners, what: source });
  return place;
}
