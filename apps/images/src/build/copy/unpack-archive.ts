import { join } from 'node:path';
import { decompress, type LayerEntry, writeTar } from '@arcbox/tar';
import { bytesOf, textOf } from '@arcbox/tar';
import type { ArchiveSource } from './copy-source.ts';
import { extractInto } from './extract-into.ts';
import { Placement, type PlacementOptions } from './placement.ts';
import { lookAt, resolveInRoot } from './resolve-in-root.ts';

/**
 * Unpacks an archive into the destination, which becomes a directory whether
 * it ends in a slash or not. Its files keep their owners, unless `--chown` says
 * otherwise, and their modes; what it tells of its own root is left out.
 */
export async function unpackArchive(
  root: string,
  archive: ArchiveSource,
  options: PlacementOptions,
  signal: AbortSignal,
): Promise<void> {
  const target = resolveInRoot(root, bytesOf(options.destination), { followLast: true });
  const placement = new Placement(root, { ...options, mode: undefined });
  await extractInto(root, writeTar(placement.directories(target)), {}, signal);
  const { owner } = options;
  const directory = join(root, textOf(target));
  const merged: LayerEntry[] = [];
  const translate = (entry: LayerEntry): LayerEntry | undefined => {
    if (entry.name === '') return undefined;
    const written = { ...entry, ...owner };
    if (entry.type === '5' && lookAt(directory, entry.name)?.isDirectory()) merged.push(written);
    return written;
  };
  await extractInto(directory, decompress(archive.read()), { translate }, signal);
  // Only new directories have got their times once all was in them.
  if (merged.length > 0) await extractInto(directory, writeTar(merged.reverse().map((entry) => ({ entry }))), {}, signal);
}
