import { invalidArgument } from '@arcbox/errors';
import type { MountUse } from '../record/config.ts';
import { readMountOptions } from '../options/mount-options.ts';
import { cleanTarget } from '../options/storage.ts';
import { missingOf, sourcesOf } from '../start/sources.ts';

/** Far more than anybody needs; each takes a directory and a mount, and an image may name any number. */
const mostMounts = 512;

/** As a request says it. */
export interface MountRequest {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly readonly: boolean;
  /** Empty is `rprivate`. */
  readonly propagation?: string;
  readonly noCopy?: boolean;
  readonly subpath?: string;
  readonly tmpfsBytes?: bigint;
  readonly tmpfsMode?: number;
  readonly createSource?: boolean;
  readonly nonRecursive?: boolean;
  readonly volumeLabels?: { readonly [name: string]: string };
  readonly volumeOptions?: { readonly [name: string]: string };
}

/** What has to be made before it can be mounted. */
export type PlannedMount = MountUse & { readonly anonymous?: boolean };

/** docs.docker.com: names of local volumes. */
const volumeName = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/** What else has a place in the container. */
export interface OtherMounts {
  /** Mounts of other containers: a mount of the request at the same place replaces them. */
  readonly shared: readonly MountUse[];
  /** Places of tmpfs. */
  readonly tmpfs: readonly string[];
}

/**
 * Checks the mounts of a request and adds those of other containers, and an
 * anonymous volume for each volume of the image that nothing else is mounted at.
 * Sources of volumes are still empty.
 */
export function planMounts(
  requests: readonly MountRequest[],
  imageVolumes: readonly string[],
  { shared, tmpfs }: OtherMounts = { shared: [], tmpfs: [] },
): PlannedMount[] {
  const most = requests.length + shared.length + tmpfs.length + imageVolumes.length;
  if (most > mostMounts) throw invalidArgument(`${most} mounts and volumes of the image are more than the ${mostMounts} a container can have`);
  const asked = requests.map(planMount);
  const targets = [...asked.map(({ target }) => target), ...tmpfs];
  const twice = targets.find((target, i) => targets.indexOf(target) !== i);
  if (twice !== undefined) throw invalidArgument(`duplicate mount point: ${twice}`);
  const others = shared.filter(({ target }) => !targets.includes(target));
  const taken = new Set([...targets, ...others.map(({ target }) => target)]);
  const wanted = [...new Set(imageVolumes.map(cleanTarget))].filter((target) => !taken.has(target));
  const anonymous = wanted.map((target): PlannedMount => ({ type: 'volume', source: '', target, readonly: false, volume: '', anonymous: true }));
  return [...asked, ...others, ...anonymous];
}

function planMount(request: MountRequest): PlannedMount {
  const { source, readonly } = request;
  const type = request.type || (source.startsWith('/') ? 'bind' : 'volume');
  const target = cleanTarget(request.target);
  const further = readMountOptions(type, request);
  if (source.includes('\0')) throw invalidArgument('a mount source cannot contain a zero byte');
  switch (type) {
    case 'bind':
      if (!source.startsWith('/')) throw invalidArgument(`bind source path must be absolute: ${source}`);
      return { type, source, target, readonly, ...further };
    case 'volume':
      if (source !== '' && !volumeName.test(source)) throw invalidArgument(`invalid volume name: ${source}`);
      return { type, source: '', target, readonly, volume: source, ...(source === '' ? { anonymous: true } : {}), ...further };
    case 'tmpfs':
      if (source !== '' && source !== 'tmpfs') throw invalidArgument('a tmpfs mount has no source');
      return { type, source: '', target, readonly, ...further };
    default:
      throw invalidArgument(`unknown mount type: ${type}`);
  }
}

/** Sources of binds that are to be made. INVALID_ARGUMENT when one is missing that is not. */
export async function findMissingSources(mounts: readonly MountUse[], signal: AbortSignal): Promise<string[]> {
  const missing = await missingOf(sourcesOf(mounts, 'bind'), signal);
  const refused = missing.find((path) => !mounts.some(({ source, createSource }) => source === path && createSource));
  if (refused !== undefined) throw invalidArgument(`bind source path does not exist: ${refused}`);
  return missing;
}
