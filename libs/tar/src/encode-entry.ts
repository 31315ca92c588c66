import { isUtf8 } from 'node:buffer';
import { formatList, listRecords } from './access-list.ts';
import type { LayerEntry } from './layer-entry.ts';
import { encodePax, type PaxRecords } from './pax.ts';
import { contentMapRecords, encodeContentMap, storedBytes } from './sparse-map.ts';
import { encodeHeader, paddingOf, plainHeader, type TarHeader, zeroBlock } from './tar-header.ts';

/**
 * A file of an archive: names are relative, without a slash at the end, and
 * bytes in latin1, as are links and attributes; `./` is the root.
 */
export type TarEntry = LayerEntry;

/** The numbers that fit the octal digits of a header: pax(1), "ustar Interchange Format". */
const maxId = 0o7777777;
const maxSize = 0o77777777777;

/** Names and links that fit a header; bytes. */
const maxName = 100;

/**
 * The headers of an entry, in pax format, with the map of a sparse file. What a plain header
 * cannot say is in an extended one; the same entry is always the same bytes.
 */
export function encodeEntry(entry: TarEntry): Buffer {
  const map = entry.extents && encodeContentMap(entry);
  return map ? Buffer.concat([encodeHeaders(entry, storedBytes(entry) + map.length), map]) : encodeHeaders(entry, entry.size);
}

/** `stored`: bytes that follow, with those of a map. */
function encodeHeaders(entry: TarEntry, stored: number): Buffer {
  const name = entry.type === '5' && !entry.name.endsWith('/') ? `${entry.name}/` : entry.name;
  const pax = extensionsOf(entry, name, stored);
  const plain = encodeHeader(
    {
      ...entry,
      name: asciiOf(name),
      link: asciiOf(entry.link),
      mode: entry.mode & 0o7777,
      uid: entry.uid > maxId ? 0 : entry.uid,
      gid: entry.gid > maxId ? 0 : entry.gid,
      size: stored > maxSize ? 0 : stored,
      mtime: isPlainTime(entry.mtime) ? entry.mtime : 0,
    },
    'pax',
  );
  if (pax.size === 0) return plain;
  const records = encodePax(pax);
  return Buffer.concat([headerOfExtension(records.length), records, zeroBlock.subarray(0, paddingOf(records.length)), plain]);
}

const extensionHeader: TarHeader = { ...plainHeader, name: 'PaxHeaders/entry', type: 'x' };

/** By size; most are of a few sizes. */
const headers = new Map<number, Buffer>();

function headerOfExtension(size: number): Buffer {
  const known = headers.get(size);
  if (known) return known;
  const header = encodeHeader({ ...extensionHeader, size }, 'pax');
  if (size < 1024) headers.set(size, header);
  return header;
}

function extensionsOf(entry: TarEntry, name: string, stored: number): PaxRecords {
  const pax: PaxRecords = new Map();
  const [longName, longLink] = [!isPlainName(name), !isPlainName(entry.link)];
  // Before the names: it says that they are bytes of no known encoding.
  if ((longName && !isText(name)) || (longLink && !isText(entry.link))) pax.set('hdrcharset', 'BINARY');
  if (longName) pax.set('path', name);
  if (longLink) pax.set('linkpath', entry.link);
  if (stored > maxSize) pax.set('size', String(stored));
  if (entry.extents) for (const [key, value] of contentMapRecords(entry)) pax.set(key, value);
  if (entry.uid > maxId) pax.set('uid', String(entry.uid));
  if (entry.gid > maxId) pax.set('gid', String(entry.gid));
  if (entry.exactMtime !== undefined) pax.set('mtime', entry.exactMtime);
  else if (!isPlainTime(entry.mtime)) pax.set('mtime', String(entry.mtime));
  for (const [key, value] of [...entry.xattrs].sort(([a], [b]) => (a < b ? -1 : 1))) setAttribute(pax, key, value);
  return pax;
}

/**
 * Adds an extended attribute. A key with `=` would end there: those go as libarchive writes them. Access control lists
 * go as text too: some programs read the one, some the other.
 */
export function setAttribute(pax: PaxRecords, key: string, value: string): void {
  const record = listRecords[key];
  if (record !== undefined) pax.set(record, formatList(value));
  if (!key.includes('=')) pax.set(`SCHILY.xattr.${key}`, value);
  else {
    const escaped = key.replace(/[%=]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
    pax.set(`LIBARCHIVE.xattr.${escaped}`, Buffer.from(value, 'latin1').toString('base64'));
  }
}

const isPlainTime = (seconds: number): boolean => seconds >= 0 && seconds <= maxSize;

/** Readers differ in what they take other bytes of a plain header for. */
const isPlainName = (name: string): boolean => name.length <= maxName && /^[ -~]*$/.test(name);

const isText = (name: string): boolean => isUtf8(Buffer.from(name, 'latin1'));

const asciiOf = (name: string): string => (isPlainName(name) ? name : name.replace(/[^ -~]/g, '?'));
