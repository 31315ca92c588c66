import { posix } from 'node:path';
import { invalidArgument } from '@arcbox/errors';
import type { MountUse } from '../record/config.ts';
import type { MountRequest } from '../create/mounts.ts';
import { isGiven } from './given.ts';

type Further = Pick<MountUse, 'propagation' | 'noCopy' | 'subpath' | 'tmpfsBytes' | 'tmpfsMode' | 'createSource' | 'nonRecursive' | 'volumeLabels' | 'volumeOptions'>;

const propagations = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'];

/** What one type of mount has and others have not. */
const home: { readonly [Field in keyof Further]-?: 'bind' | 'volume' | 'tmpfs' } = {
  propagation: 'bind',
  createSource: 'bind',
  nonRecursive: 'bind',
  noCopy: 'volume',
  subpath: 'volume',
  volumeLabels: 'volume',
  volumeOptions: 'volume',
  tmpfsBytes: 'tmpfs',
  tmpfsMode: 'tmpfs',
};

/** The further options of a mount, those that are given. INVALID_ARGUMENT when one is wrong, or not of this type of mount. */
export function readMountOptions(type: string, request: MountRequest): Further {
  for (const [field, of] of Object.entries(home)) {
    if (isGiven(request[field as keyof Further]) && of !== type) throw invalidArgument(`${field} goes with a ${of} mount, not with ${type}`);
  }
  const { propagation, noCopy, subpath, tmpfsBytes = 0n, tmpfsMode = 0, createSource, nonRecursive, volumeLabels, volumeOptions } = request;
  if (propagation && !propagations.includes(propagation)) throw invalidArgument(`invalid propagation mode: ${propagation}`);
  if (tmpfsBytes < 0n || tmpfsBytes > BigInt(Number.MAX_SAFE_INTEGER)) throw invalidArgument(`invalid size of a tmpfs: ${tmpfsBytes}`);
  if (tmpfsMode > 0o7777) throw invalidArgument(`invalid mode of a tmpfs: ${tmpfsMode.toString(8)}`);
  return {
    ...(propagation ? { propagation } : {}),
    ...(noCopy ? { noCopy } : {}),
    ...(subpath ? { subpath: below(subpath) } : {}),
    ...(tmpfsBytes > 0n ? { tmpfsBytes: Number(tmpfsBytes) } : {}),
    ...(tmpfsMode > 0 ? { tmpfsMode } : {}),
    ...(createSource ? { createSource } : {}),
    ...(nonRecursive ? { nonRecursive } : {}),
    ...(isGiven(volumeLabels) ? { volumeLabels } : {}),
    ...(isGiven(volumeOptions) ? { volumeOptions } : {}),
  };
}

function below(subpath: string): string {
  if (posix.isAbsolute(subpath) || subpath.includes('\0') || subpath.split('/').includes('..')) {
    throw invalidArgument(`subpath must be a relative path within the volume: ${subpath}`);
  }
  return posix.normalize(subpath);
}
