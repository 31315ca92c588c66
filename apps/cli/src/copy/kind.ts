/** What a place in a container is; a link that leads nowhere is none. */
export type Kind = 'directory' | 'file' | 'link' | 'other' | 'absent';

/** st_mode: inode(7) */
const typeBits = 0o170000;
const kinds: { readonly [bits: number]: Kind } = { 0o040000: 'directory', 0o100000: 'file', 0o120000: 'link' };

export const kindOf = (mode: number): Kind => kinds[mode & typeBits] ?? 'other';
