import { posix } from 'node:path';
import { invalidArgument } from '@arcbox/errors';
import type { MountUse } from '../record/config.ts';
import type { Container } from '../record/container.ts';
import { isGiven } from './given.ts';
import { checkTmpfsOptions } from './tmpfs-options.ts';

/** Memory that a container has as files, and whose volumes it gets. */
export interface Storage {
  /** Bytes of /dev/shm; 0 is the default. */
  readonly shmBytes: number;
  /** Path → mount options. */
  readonly tmpfs: { readonly [path: string]: string };
  /** As given: `name`, `name:ro`. */
  readonly volumesFrom: readonly string[];
}

export interface StorageRequest extends Omit<Storage, 'shmBytes'> {
  readonly shmBytes: bigint;
}

/** Undefined when nothing is asked for. INVALID_ARGUMENT names what is wrong. */
export function checkStorage({ shmBytes, tmpfs, volumesFrom }: StorageRequest): Storage | undefined {
  if (shmBytes < 0n) throw invalidArgument('SHM size can not be less than 0');
  if (shmBytes > BigInt(Number.MAX_SAFE_INTEGER)) throw invalidArgument(`no host has memory for a /dev/shm of ${shmBytes} bytes`);
  const places = Object.entries(tmpfs).map(([path, options]): [string, string] => {
    checkTmpfsOptions(options);
    return [cleanTarget(path), options];
  });
  const [twice] = places.filter(([path], i) => places.findIndex(([other]) => other === path) !== i);
  if (twice) throw invalidArgument(`duplicate mount point: ${twice[0]}`);
  const storage = { shmBytes: Number(shmBytes), tmpfs: Object.fromEntries(places), volumesFrom };
  return isGiven(storage) || places.length > 0 ? storage : undefined;
}

/** A mount's place in its container, without needless parts. INVALID_ARGUMENT when it cannot be one. */
export function cleanTarget(target: string): string {
  if (!target.startsWith('/')) throw invalidArgument(`mount target must be an absolute path: ${target}`);
  if (target.includes('\0')) throw invalidArgument('a mount target cannot contain a zero byte');
  const clean = posix.normalize(target).replace(/(.)\/$/, '$1');
  if (clean === '/') throw invalidArgument('mount target must not be the root directory');
  return clean;
}

/** Binds and volumes of other containers, at the same places; a later container wins over an earlier one. */
export function mountsFrom(references: readonly string[], find: (reference: string) => Container): MountUse[] {
  const places = new Map(references.flatMap((text) => mountsOf(text, find)).map((mount) => [mount.target, mount]));
  return [...places.values()];
}

function mountsOf(text: string, find: (reference: string) => Container): MountUse[] {
  const [, reference = '', mode = 'rw'] = /^([^:]+)(?::(.*))?$/.exec(text) ?? [];
  if (reference === '') throw invalidArgument(`invalid volumes_from: "${text}"`);
  const words = mode.split(',');
  // z and Z are about labels of SELinux, which sharing has already.
  const bad = words.find((word) => !['ro', 'rw', 'z', 'Z'].includes(word));
  if (bad !== undefined) throw invalidArgument(`invalid mode for volumes_from: ${bad}`);
  const { mounts } = find(reference).config;
  return mounts
    .filter(({ type }) => type !== 'tmpfs')
    .map((mount) => ({ ...mount, readonly: mount.readonly || words.includes('ro'), ...(mount.type === 'volume' ? { noCopy: true } : {}) }));
}
