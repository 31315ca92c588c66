import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { decompress, type LayerEntry, writeTar } from '@arcbox/tar';
import { bytesOf, textOf } from './byte-name.ts';
import type { ArchiveSource } from './copy-source.ts';
import { extractInto } from './extract-into.ts';
import { Placement, type PlacementOptions } from './placement.ts';
import { resolveInRoot } from './resolve-in-root.ts';

/**
 * Unpacks an archive into the destination, which becomes a directory whether
 * it ends in a slash or not. Its files keep their owners, unless `--chown` says
 * otherwise, and their modes.
 */
export async function unpackArchive(
  root: string,
  { path }: ArchiveSource,
  options: PlacementOptions,
  signal: AbortSignal,
): Promise<void> {
  const target = resolveInRoot(root, bytesOf(options.destination), { followLast: true });
  const placement = new Placement(root, { ...options, mode: undefined });
  await extractInto(root, writeTar(placement.directories(target)), {}, signal);
  const { owner } = options;
  const translate = owner && ((entry: LayerEntry): LayerEntry => ({ ...entry, ...owner }));
  await extractInto(join(root, textOf(target)), decompress(createReadStream(path)), { translate }, signal);
}
