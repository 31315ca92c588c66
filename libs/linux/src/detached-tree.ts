import { systemCall } from './system-call.ts';

/** open_tree(2) and move_mount(2); the same numbers on every architecture. */
const openTree = 428;
const moveMount = 429;
const currentDirectory = -100;
const clone = 1;
const closeOnExec = 0o2000000;
const recursive = 0x8000;
/** MOVE_MOUNT_F_EMPTY_PATH, and MOVE_MOUNT_T_SYMLINKS, which those of `/proc/self/fd` are too. */
const fromDescriptor = 0x04;
const followTarget = 0x10;

const call = systemCall('syscall', 'long syscall(long number, int directory, const char *path, unsigned int flags)');
const move = systemCall('syscall', 'long syscall(long number, int from, const char *path, int directory, const char *to, unsigned int flags)');

/**
 * A copy of what is mounted at `path` and below, which no path leads to: it is
 * reached through the descriptor that is returned, and goes when that is closed
 * or its process ends, however it ends.
 */
export function cloneMounts(path: string): number {
  return call(openTree, currentDirectory, path, clone | closeOnExec | recursive);
}

/** The same without what is mounted below: that shows what is underneath. */
export function cloneMount(path: string): number {
  return call(openTree, currentDirectory, path, clone | closeOnExec);
}

/** Gives such a copy a place: it stays there when its descriptor is closed. */
export function attachMounts(tree: number, target: string): void {
  move(moveMount, tree, '', currentDirectory, target, fromDescriptor | followTarget);
}
