export { cloneMounts } from './detached-tree.ts';
export { exchange } from './exchange.ts';
export { handleOnly, openInRoot } from './open-in-root.ts';
export { mknod, setModified, setxattr } from './set-attributes.ts';
export { isMounted, mount, MountFlag, type MountSpec, readMounts, unmount } from './mount.ts';
export { systemCall } from './system-call.ts';
export { lgetxattr, llistxattr } from './xattr.ts';
export { openTerminal, resizeTerminal, type Terminal, type TerminalSize } from './terminal.ts';
