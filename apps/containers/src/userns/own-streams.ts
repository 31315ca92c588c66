import { chownSync, statSync } from 'node:fs';
import type { Owner } from './id-maps.ts';

/**
 * Gives a process that waits to be released its standard streams: the runtime,
 * whose root is nobody outside, cannot, and `/dev/stdout` would not open. What
 * is no pipe belongs to others.
 */
export function ownStreams(pid: number, { uid, gid }: Owner): void {
  for (const stream of [0, 1, 2]) {
    const path = `/proc/${pid}/fd/${stream}`;
    if (statSync(path).isFIFO()) chownSync(path, uid, gid);
  }
}
