import { readdirSync, readlinkSync } from 'node:fs';

/** Paths of what this process has open, and so a worker in it; descriptors come and go meanwhile. */
export function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/self/fd/${descriptor}`)];
    } catch {
      return [];
    }
  });
}
