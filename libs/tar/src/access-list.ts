import { readFileSync } from 'node:fs';
import { invalidArgument } from '@arcbox/errors';

/** Access control lists of a file, acl(5), are extended attributes of these names. */
export const accessList = 'system.posix_acl_access';

/** What files that are made in a directory begin with. */
export const defaultList = 'system.posix_acl_default';

/** The same in an archive, as text. */
export const listRecords: { readonly [attribute: string]: string } = {
  [accessList]: 'SCHILY.acl.access',
  [defaultList]: 'SCHILY.acl.default',
};

/** Whether a file of this type can have such an attribute. */
export function isAccessList(name: string, type: string): boolean {
  return name === accessList ? type !== '1' && type !== '2' : name === defaultList && type === '5';
}

/** linux/posix_acl_xattr.h: a version, then entries of tag, permissions and id, little-endian; most have no id. */
const [version, headerSize, entrySize, noId] = [2, 4, 8, 0xffffffff];

/** Tags by the words of a text: the first is of the file's own, the second of somebody with an id. */
const words: { readonly [word: string]: readonly [own: number, named?: number] } = {
  user: [1, 2],
  group: [4, 8],
  mask: [16],
  other: [32],
};

interface Entry {
  readonly tag: number;
  /** As in a mode: 7 is rwx. */
  readonly permissions: number;
  readonly id: number;
}

/** Text of an attribute, bytes as latin1: `user::rwx,user:5:r--,group::r-x,mask::r-x,other::---`. */
export function formatList(value: string): string {
  return decode(value).map(formatEntry).join(',');
}

/** Of a text as tar programs write it; undefined where a mode says the same. INVALID_ARGUMENT when it is none. */
export function parseList(text: string): string | undefined {
  const entries = text.split(/[,\n]/).filter((line) => line.trim() !== '').map(parseEntry);
  if (entries.every(({ id }) => id === noId) && !entries.some(({ tag }) => tag === words['mask']?.[0])) return undefined;
  return encode(entries.sort((a, b) => a.tag - b.tag || a.id - b.id));
}

/** An attribute as an archive has it. INVALID_ARGUMENT when it is none. */
export function checkedList(value: string): string {
  decode(value);
  return value;
}

function decode(value: string): Entry[] {
  const bytes = Buffer.from(value, 'latin1');
  const count = (bytes.length - headerSize) / entrySize;
  if (!Number.isInteger(count) || count < 0 || bytes.readUInt32LE(0) !== version) throw invalidArgument('the archive holds a broken access control list');
  return Array.from({ length: count }, (_, index) => {
    const at = headerSize + index * entrySize;
    return { tag: bytes.readUInt16LE(at), permissions: bytes.readUInt16LE(at + 2), id: bytes.readUInt32LE(at + 4) };
  });
}

function encode(entries: readonly Entry[]): string {
  const bytes = Buffer.alloc(headerSize + entries.length * entrySize);
  bytes.writeUInt32LE(version, 0);
  for (const [index, { tag, permissions, id }] of entries.entries()) {
    const at = headerSize + index * entrySize;
    bytes.writeUInt16LE(tag, at);
    bytes.writeUInt16LE(permissions, at + 2);
    bytes.writeUInt32LE(id, at + 4);
  }
  return bytes.toString('latin1');
}

function formatEntry({ tag, permissions, id }: Entry): string {
  const [word = ''] = Object.entries(words).find(([, tags]) => tags.includes(tag)) ?? [];
  const letters = [...'rwx'].map((letter, index) => (permissions & (4 >> index) ? letter : '-')).join('');
  return `${word}:${id === noId ? '' : id}:${letters}`;
}

/** `user:ann:rwx`, with a number for the name, or one after all, as some programs write it. */
function parseEntry(line: string): Entry {
  const [, word = '', name = '', letters = '', number] = /^\s*(user|group|mask|other):([^:]*):([-rwx]{3})(?::(\d+))?\s*$/.exec(line) ?? [];
  const [own, named] = words[word] ?? [];
  const tag = name === '' ? own : named;
  if (tag === undefined) throw invalidArgument(`the archive holds a broken access control list: ${line.slice(0, 80)}`);
  const permissions = [...letters].reduce((sum, letter) => sum * 2 + (letter === '-' ? 0 : 1), 0);
  return { tag, permissions, id: name === '' ? noId : Number(number ?? idOf(word, name)) };
}

/** Names mean those of this host, as with tar(1). */
function idOf(word: string, name: string): string {
  if (/^\d+$/.test(name)) return name;
  const known = readFileSync(word === 'user' ? '/etc/passwd' : '/etc/group', 'latin1').split('\n').map((line) => line.split(':'));
  const id = known.find(([first]) => first === name)?.[2];
  if (id === undefined) throw invalidArgument(`the archive gives rights to the ${word} ${name}, whom this host does not know: write it with numbers`);
  return id;
}
