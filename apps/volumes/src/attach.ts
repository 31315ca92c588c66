import { statSync } from 'node:fs';
import { invalidArgument, messageOf } from '@arcbox/errors';
import { isMounted, mount, MountFlag } from '@arcbox/linux';
import { parseOptions } from './options.ts';

/**
 * Mounts at `mountpoint` what the options of a volume ask for, unless it is
 * mounted. It stays from the volume's creation to its removal, and comes back
 * with the worker after a reboot, so that nobody has to ask for it.
 */
export function attach(options: { readonly [name: string]: string }, mountpoint: string): void {
  const wanted = parseOptions(options);
  if (!wanted || isMounted(mountpoint)) return;
  const { type, source, flags, data } = wanted;
  if (type === 'bind' && !statSync(source, { throwIfNoEntry: false })?.isDirectory()) {
    throw invalidArgument(`volume options: no such directory: ${source}`);
  }
  try {
    mount({ type, source, target: mountpoint, flags, data });
    // A bind takes its flags from where it comes from; they change in a second step.
    if (type === 'bind' && flags & MountFlag.readonly) {
      mount({ type, source, target: mountpoint, flags: flags | MountFlag.remount, data });
    }
  } catch (error) {
    throw invalidArgument(`volume options: the host refuses the mount: ${messageOf(error)}`, error);
  }
}
