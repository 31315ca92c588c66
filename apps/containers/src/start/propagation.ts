import { readFileSync } from 'node:fs';
import { failedPrecondition } from '@arcbox/errors';
import type { MountUse } from '../record/config.ts';

/**
 * How mounts below a container's root are told along, for binds that are to be
 * `shared` or `slave`. FAILED_PRECONDITION when the host does not share what a
 * bind's source lies on.
 */
export function propagationOf(mounts: readonly MountUse[]): 'shared' | 'rslave' | undefined {
  const wanted = mounts.filter(({ propagation = '' }) => /^r?(shared|slave)$/.test(propagation));
  if (wanted.length === 0) return undefined;
  const text = readFileSync('/proc/self/mountinfo', 'utf8');
  const isShared = (mount: MountUse): boolean => mount.propagation?.endsWith('shared') ?? false;
  for (const mount of wanted) requirePeers(mount.source, isShared(mount), text);
  return wanted.some(isShared) ? 'shared' : 'rslave';
}

function requirePeers(source: string, shared: boolean, mountinfo: string): void {
  const { point, tags } = mountOf(source, mountinfo);
  if (tags.includes('shared:') || (!shared && tags.includes('master:'))) return;
  throw failedPrecondition(`path ${source} is mounted on ${point} but it is not a shared ${shared ? '' : 'or slave '}mount`);
}

/** proc(5), mountinfo: field 5 is the mount point, those after field 6 up to `-` are the tags. The last mount that holds the path counts. */
function mountOf(path: string, mountinfo: string): { point: string; tags: string } {
  const mounts = mountinfo.split('\n').filter(Boolean).map((line) => {
    const fields = line.split(' ');
    const point = (fields[4] ?? '').replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
    return { point, tags: fields.slice(6, fields.indexOf('-', 6)).join(' ') };
  });
  const holding = mounts.filter(({ point }) => path === point || path.startsWith(point === '/' ? '/' : `${point}/`));
  const longest = Math.max(...holding.map(({ point }) => point.length));
  return holding.findLast(({ point }) => point.length === longest) ?? { point: '/', tags: '' };
}
