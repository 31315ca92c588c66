import { checkedList, isAccessList, listRecords, parseList } from './access-list.ts';
import { cleanName } from './entry-name.ts';
import type { PaxRecords } from './pax.ts';
import type { TarHeader } from './tar-header.ts';
import { invalidArgument } from '@arcbox/errors';

/** A part of a sparse file that is stored; bytes. What no extent has is zero. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

/** One file of a layer, with what extended headers said about it. */
export interface LayerEntry extends TarHeader {
  /** Extended attribute → value, bytes as latin1. */
  readonly xattrs: ReadonlyMap<string, string>;
  /** Fraction and all, where the archive has one: `1700000000.25`. */
  readonly exactMtime?: string;
  /** Of a sparse file: what the archive has of it, in order; the rest of its `size` bytes is zeros. */
  readonly extents?: readonly Extent[];
}

/** Types that never have content, whatever their size field says. */
const withoutContent = new Set(['1', '2', '3', '4', '5', '6']);

const prefixes = ['SCHILY.xattr.', 'LIBARCHIVE.xattr.'] as const;

export interface EntryOptions {
  /** Access control lists are among the attributes; layers have none. */
  readonly lists?: boolean;
}

/**
 * Puts a header and its extensions together, with a clean name. Refuses types
 * that have no place in a layer.
 */
export function assembleEntry(header: TarHeader, extensions: Extensions, { lists = false }: EntryOptions = {}): LayerEntry {
  const { pax } = extensions;
  const name = pax.get('GNU.sparse.name') ?? pax.get('path') ?? extensions.longName ?? header.name;
  const type = regularType(header.type, name);
  if (type !== '0' && !withoutContent.has(type)) {
    throw invalidArgument(`the archive holds an entry of type ${JSON.stringify(type)}, which a layer cannot have`);
  }
  const size = numberOf(pax, 'size') ?? header.size;
  const link = pax.get('linkpath') ?? extensions.longLink ?? header.link;
  return {
    ...header,
    type,
    name: cleanName(name),
    link: type === '1' ? cleanName(link) : link,
    size: withoutContent.has(type) ? 0 : size,
    uid: ownerOf(pax, 'uid', header),
    gid: ownerOf(pax, 'gid', header),
    ...timeOf(pax, header),
    xattrs: lists ? withLists(xattrsOf(pax, type), pax, type) : xattrsOf(pax, type),
  };
}

/** What `x`, `L` and `K` entries say about the entry after them. */
export interface Extensions {
  readonly pax: PaxRecords;
  readonly longName?: string;
  readonly longLink?: string;
}

function regularType(type: string, name: string): string {
  // What is special about those is told elsewhere: contiguous files, and sparse ones.
  if (type === '7' || type === 'S') return '0';
  // Archives older than ustar mark directories by a slash at the end of the whole name.
  return type === '0' && name.endsWith('/') ? '5' : type;
}

function numberOf(pax: PaxRecords, key: string): number | undefined {
  const value = pax.get(key);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0)
    throw invalidArgument(`the archive says ${key}=${value.slice(0, 40)}`);
  return number;
}

/** The last number is no owner: chown(2) takes it for none. */
const maxOwner = 2 ** 32 - 2;

function ownerOf(pax: PaxRecords, key: 'uid' | 'gid', header: TarHeader): number {
  const owner = numberOf(pax, key) ?? header[key];
  if (owner < 0 || owner > maxOwner) throw invalidArgument(`the archive says ${key}=${owner}`);
  return owner;
}

function timeOf(pax: PaxRecords, header: TarHeader): Pick<LayerEntry, 'mtime' | 'exactMtime'> {
  const text = pax.get('mtime');
  if (text === undefined) return { mtime: header.mtime };
  const mtime = /^-?\d+(?:\.\d*)?$/.test(text) ? Math.floor(Number(text)) : NaN;
  if (!Number.isSafeInteger(mtime)) throw invalidArgument(`the archive says mtime=${text.slice(0, 40)}`);
  return { mtime, exactMtime: /\.\d*[1-9]/.test(text) ? text : undefined };
}

function xattrsOf(pax: PaxRecords, type: string): Map<string, string> {
  const kept = new Map<string, string>();
  const keep = (name: string, value: () => string): void => {
    if (isLayerAttribute(name, type)) kept.set(name, value());
  };
  for (const [key, value] of pax) {
    if (key.startsWith(prefixes[0])) keep(key.slice(prefixes[0].length), () => value);
    else if (key.startsWith(prefixes[1])) keep(unescape(key), () => Buffer.from(value, 'base64').toString('latin1'));
  }
  return kept;
}

/** As attributes, or as text, which says the same. */
function withLists(xattrs: Map<string, string>, pax: PaxRecords, type: string): Map<string, string> {
  for (const [name, record] of Object.entries(listRecords)) {
    const [value, text] = [pax.get(prefixes[0] + name), pax.get(record)];
    if (!isAccessList(name, type)) continue;
    const list = value === undefined ? parseList(text ?? '') : checkedList(value);
    if (list !== undefined) xattrs.set(name, list);
  }
  return xattrs;
}

/**
 * Attributes that a layer has, on a file of this type. `trusted.overlay.*` is
 * how overlayfs steers itself, so a layer must not bring its own; labels of
 * SELinux and IMA belong to the host that made the layer.
 */
export function isLayerAttribute(name: string, type: string): boolean {
  if (name.startsWith('user.')) return !name.startsWith('user.overlay.') && (type === '0' || type === '5');
  if (name.startsWith('trusted.')) return !name.startsWith('trusted.overlay.');
  return name === 'security.capability';
}

function unescape(key: string): string {
  return key
    .slice(prefixes[1].length)
    .replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
