import { type BigIntStats, lstatSync, realpathSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { invalidArgument, permissionDenied } from '@arcbox/errors';

/** Directories of the engine itself: nobody is led into them. */
export type OwnPlaces = readonly string[];

/** A path of the host without links, and what is there. Throws ENOENT and the like; PERMISSION_DENIED for what is the engine's own. */
export function findOnHost(path: string, own: OwnPlaces): { path: string; stat: BigIntStats } {
  if (!isAbsolute(path) || path.includes('\0')) throw invalidArgument(`not an absolute path: ${JSON.stringify(path)}`);
  const real = realpathSync(path);
  if (own.some((place) => isBelow(real, realpathSync(place)))) throw permissionDenied(`${path} is the engine's own`);
  return { path: real, stat: lstatSync(real, { bigint: true }) };
}

const isBelow = (path: string, directory: string): boolean => path === directory || path.startsWith(`${directory}/`);
