import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { invalidArgument } from '@arcbox/errors';
import type { MountUse } from './container.ts';

/** Far more than anybody needs; each takes a directory and a mount, and an image may name any number. */
const mostMounts = 512;

/** As a request says it. */
export interface MountRequest {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly readonly: boolean;
}

/** What has to be made before it can be mounted. */
export type PlannedMount = MountUse & { readonly anonymous?: boolean };

/** docs.docker.com: names of local volumes. */
const volumeName = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/**
 * Checks the mounts of a request and adds an anonymous volume for each volume of
 * the image that the request mounts nothing at. Sources of volumes are still
 * empty.
 */
export function planMounts(requests: readonly MountRequest[], imageVolumes: readonly string[]): PlannedMount[] {
  const most = requests.length + imageVolumes.length;
  if (most > mostMounts) throw invalidArgument(`${most} mounts and volumes of the image are more than the ${mostMounts} a container can have`);
  const planned = requests.map(planMount);
  for (const target of imageVolumes.map(cleanTarget)) {
    if (planned.some((mount) => mount.target === target)) continue;
    planned.push({ type: 'volume', source: '', target, readonly: false, volume: '', anonymous: true });
  }
  const targets = planned.map(({ target }) => target);
  const twice = targets.find((target, i) => targets.indexOf(target) !== i);
  if (twice !== undefined) throw invalidArgument(`duplicate mount point: ${twice}`);
  return planned;
}

function planMount({ type, source, target: given, readonly }: MountRequest): PlannedMount {
  const target = cleanTarget(given);
  switch (type || (source.startsWith('/') ? 'bind' : 'volume')) {
    case 'bind':
      if (!source.startsWith('/')) throw invalidArgument(`bind source path must be absolute: ${source}`);
      if (!existsSync(source)) throw invalidArgument(`bind source path does not exist: ${source}`);
      return { type: 'bind', source, target, readonly };
    case 'volume':
      if (source !== '' && !volumeName.test(source)) throw invalidArgument(`invalid volume name: ${source}`);
      return { type: 'volume', source: '', target, readonly, volume: source, ...(source === '' ? { anonymous: true } : {}) };
    case 'tmpfs':
      if (source !== '' && source !== 'tmpfs') throw invalidArgument('a tmpfs mount has no source');
      return { type: 'tmpfs', source: '', target, readonly };
    default:
      throw invalidArgument(`unknown mount type: ${type}`);
  }
}

function cleanTarget(target: string): string {
  if (!target.startsWith('/')) throw invalidArgument(`mount target must be an absolute path: ${target}`);
  const clean = posix.normalize(target).replace(/(.)\/$/, '$1');
  if (clean === '/') throw invalidArgument('mount target must not be the root directory');
  return clean;
}
