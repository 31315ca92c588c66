/** The extended attribute of a program that gives capabilities: capabilities(7). */
export const fileCapability = 'security.capability';

/** struct vfs_cap_data and vfs_ns_cap_data of linux/capability.h, little-endian: the second one ends with the uid of a root. */
const lengths = { plain: 20, ofRoot: 24 };
const revisions = { plain: 2, ofRoot: 3 };

/**
 * The same capabilities, in the user namespaces whose root is `uid` outside. The
 * value is bytes as latin1; one of another form, or of another root, stays.
 */
export function givenByRoot(value: string, uid: number): string {
  const bytes = Buffer.from(value, 'latin1');
  if (uid === 0 || bytes.length !== lengths.plain || bytes[3] !== revisions.plain) return value;
  const longer = Buffer.concat([bytes, Buffer.alloc(4)]);
  longer[3] = revisions.ofRoot;
  longer.writeUInt32LE(uid, lengths.plain);
  return longer.toString('latin1');
}

/** What `givenByRoot` has made, as it was. */
export function givenByAnyRoot(value: string, uid: number): string {
  const bytes = Buffer.from(value, 'latin1');
  if (bytes.length !== lengths.ofRoot || bytes[3] !== revisions.ofRoot || bytes.readUInt32LE(lengths.plain) !== uid) return value;
  bytes[3] = revisions.plain;
  return bytes.toString('latin1', 0, lengths.plain);
}
