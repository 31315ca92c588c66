import type { HostTree } from './host-tree.ts';

/** One line of mountinfo (proc(5)). */
export interface Mount {
  readonly path: string;
  /** `ext4`, `cgroup2`, … */
  readonly kind: string;
  readonly readOnly: boolean;
  /** Of the file system: what controllers a cgroup hierarchy has stands there. */
  readonly options: readonly string[];
}

/** In the order in which they were mounted; undefined when they cannot be read. */
export function readMounts(tree: HostTree): Mount[] | undefined {
  return tree
    .text('/proc/self/mountinfo')
    ?.split('\n')
    .map((line) => {
      const [before = '', after = ''] = line.split(' - ');
      const [path = '', own = ''] = before.split(' ').slice(4);
      const [kind = '', , options = ''] = after.split(' ');
      return { path: unescape(path), kind, readOnly: [own, options].some(isReadOnly), options: options.split(',') };
    });
}

/** The mount that `path` is on; the last one of those at one place covers the others. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  const above = mounts.filter((mount) => mount.path === '/' || path === mount.path || path.startsWith(`${mount.path}/`));
  const longest = Math.max(...above.map((mount) => mount.path.length));
  return above.findLast((mount) => mount.path.length === longest);
}

const isReadOnly = (options: string): boolean => options.split(',').includes('ro');

const unescape = (path: string): string => path.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));
