import { join } from 'node:path';
import { build, type Paths } from '@arcbox/config';
import { checkDisk, type Place } from './check-disk.ts';
import { checkHost } from './check-host.ts';
import { checkKernel } from './check-kernel.ts';
import { checkLimits } from './check-limits.ts';
import { checkTools } from './check-tools.ts';
import type { Finding } from './finding.ts';
import { HostTree } from './host-tree.ts';

/** What can be seen of the host without an engine and without privileges. `containersPid`: who starts containers, where known. */
export async function diagnoseHost(paths: Paths, { containersPid }: { containersPid?: number } = {}): Promise<Finding[]> {
  const tree = new HostTree();
  const built = build.time === '' ? undefined : new Date(build.time);
  return [
    ...checkHost(tree, { now: new Date(), built }),
    ...checkLimits(tree, { pid: containersPid }),
    ...(await checkTools()),
    ...checkKernel(tree),
    ...(await checkDisk(placesOf(paths), tree)),
  ];
}

/** A part of the state may be on a disk of its own. */
function placesOf({ state, run, service }: Paths): Place[] {
  const layered = ['images', 'containers'].map((name) => ({ name, path: service(name), holdsLayers: true, isDurable: true }));
  const others = [
    { name: 'volumes', path: service('volumes'), isDurable: true },
    { name: 'bus', path: join(state, 'nats'), isDurable: true },
  ];
  return [{ name: 'state', path: state, isDurable: true }, { name: 'run', path: run }, ...layered, ...others];
}
