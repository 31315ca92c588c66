import { readFileSync, realpathSync } from 'node:fs';

/** Options of a mount that who has a user namespace of its own can set, and not take off where the host has set them. */
const lasting = ['nosuid', 'nodev', 'noexec', 'noatime', 'nodiratime', 'relatime', 'ro'];

/**
 * Those of what is mounted where a path is. The kernel refuses to make a bind of it
 * read-only in a user namespace without saying all of them again.
 */
export function lockedOptions(path: string, mounts = readFileSync('/proc/self/mountinfo', 'utf8')): string[] {
  const real = realpathSync(path);
  let found = { place: '', options: '' };
  for (const line of mounts.split('\n')) {
    const [, , , , escaped = '', options = ''] = line.split(' ');
    const place = escaped.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
    // Of two at one place, the later one is on top.
    if (place !== '' && `${real}/`.startsWith(place === '/' ? '/' : `${place}/`) && place.length >= found.place.length) found = { place, options };
  }
  return found.options.split(',').filter((option) => lasting.includes(option));
}
