import { systemCall } from './system-call.ts';

/** open_tree(2); the same number on every architecture. */
const openTree = 428;
const currentDirectory = -100;
const clone = 1;
const closeOnExec = 0o2000000;
const recursive = 0x8000;

const call = systemCall('syscall', 'long syscall(long number, int directory, const char *path, unsigned int flags)');

/**
 * A copy of what is mounted at `path` and below, which no path leads to: it is
 * reached through the descriptor that is returned, and goes when that is closed
 * or its process ends, however it ends.
 */
export function cloneMounts(path: string): number {
  return call(openTree, currentDirectory, path, clone | closeOnExec | recursive);
}
