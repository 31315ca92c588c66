import { statSync } from 'node:fs';
import { HostTree, isIndispensable, missingPrograms, presenceOf, sayMissing } from '@arcbox/diagnosis';

/** It is looked for in long lists, and what a kernel once had it keeps. */
let hasOverlay = false;

/**
 * Why containers cannot run on this host, for people; empty when nothing is in
 * the way. Looks only whether things exist, since it is asked all the time.
 * `containersPid` is the process that would start containers, where known.
 */
export function hostShortcomings({ containersPid }: { containersPid?: number }): string[] {
  const owner = containersPid === undefined ? undefined : statSync(`/proc/${containersPid}`, { throwIfNoEntry: false })?.uid;
  const host = new HostTree();
  hasOverlay ||= presenceOf(host, { module: 'overlay', option: 'OVERLAY_FS' }) !== 'absent';
  return [
    ...(owner === undefined || owner === 0 ? [] : ['only root can run containers, and the containers worker is not']),
    ...missingPrograms(isIndispensable).map(sayMissing),
    ...(hasOverlay ? [] : ['the kernel has no overlayfs']),
    ...(host.exists('/sys/fs/cgroup') ? [] : ['cgroups are not mounted']),
  ];
}
