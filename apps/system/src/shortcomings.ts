import { readFileSync, statSync } from 'node:fs';
import { release } from 'node:os';

/** Where Debian and others keep programs. */
export const programDirectories = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** What running a container needs, and the Debian packages that bring it. */
const needs = [
  ['runc', 'runc'],
  ['conmon', 'conmon'],
  ['ip', 'iproute2'],
  ['nft', 'nftables'],
  ['nsenter', 'util-linux'],
  ['/usr/share/containers/seccomp.json', 'golang-github-containers-common'],
] as const;

/**
 * Why containers cannot run on this host, for people; empty when nothing is in
 * the way. Looks only whether things exist, since this worker may not run them.
 * `containersPid` is the process that would start containers, where known.
 */
export function hostShortcomings({ containersPid }: { containersPid?: number }): string[] {
  const owner = containersPid === undefined ? undefined : statSync(`/proc/${containersPid}`, { throwIfNoEntry: false })?.uid;
  return [
    ...(owner === undefined || owner === 0 ? [] : ['only root can run containers, and the containers worker is not']),
    ...needs.filter(([name]) => !exists(name)).map(([name, debian]) => `${name} is missing (Debian package ${debian})`),
    ...(hasOverlay() ? [] : ['the kernel has no overlayfs']),
    ...(exists('/sys/fs/cgroup') ? [] : ['cgroups are not mounted']),
  ];
}

/** Whether a program is installed, or, for an absolute path, is there. */
export function exists(name: string): boolean {
  const candidates = name.startsWith('/') ? [name] : programDirectories.map((directory) => `${directory}/${name}`);
  return candidates.some((path) => statSync(path, { throwIfNoEntry: false }) !== undefined);
}

/** Built in, loaded, or there to be loaded at the first mount. */
function hasOverlay(): boolean {
  if (/\boverlay$/m.test(readFileSync('/proc/filesystems', 'utf8'))) return true;
  const modules = `/lib/modules/${release()}/kernel/fs/overlayfs/overlay.ko`;
  return ['', '.xz', '.zst', '.gz'].some((suffix) => exists(`${modules}${suffix}`));
}
