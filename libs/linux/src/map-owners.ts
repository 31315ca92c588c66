import { endianness } from 'node:os';
import { systemCall } from './system-call.ts';

/** mount_setattr(2); the same number on every architecture. */
const mountSetattr = 442;
/** AT_EMPTY_PATH and AT_RECURSIVE */
const wholeTree = 0x1000 | 0x8000;
/** MOUNT_ATTR_IDMAP */
const idMapped = 0x10_0000n;

const call = systemCall('syscall', 'long syscall(long number, int directory, const char *path, unsigned int flags, const void *attributes, size_t size)');

/**
 * Shows the files of a tree of `cloneMounts`, which has no place yet, with other
 * owners: what belongs to an id inside the user namespace appears with the id it
 * has outside, and the other way round. EINVAL for a file system that cannot.
 */
export function mapOwners(tree: number, userNamespace: number): void {
  // struct mount_attr: attr_set, attr_clr, propagation, userns_fd; 64 bits each.
  const attributes = Buffer.alloc(32);
  const write = (value: bigint, offset: number): unknown =>
    endianness() === 'LE' ? attributes.writeBigUInt64LE(value, offset) : attributes.writeBigUInt64BE(value, offset);
  write(idMapped, 0);
  write(BigInt(userNamespace), 24);
  call(mountSetattr, tree, '', wholeTree, attributes, attributes.length);
}
