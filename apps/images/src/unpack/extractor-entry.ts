import {
  contentMapRecords,
  encodeContentMap,
  encodeHeader,
  encodePax,
  type LayerEntry,
  paddingOf,
  type PaxRecords,
  plainHeader,
  setAttribute,
  storedBytes,
  type TarHeader,
  zeroBlock,
} from '@arcbox/tar';

/** What the directory that is unpacked into is given, unless the archive says otherwise. */
export type RootAttributes = Pick<TarHeader, 'mode' | 'uid' | 'gid' | 'mtime'>;

const newRoot: RootAttributes = { mode: 0o755, uid: 0, gid: 0, mtime: 0 };

/** What the extractor reads begins with this: the root, so that nobody takes it for another format. */
export function encodeRoot(root: RootAttributes = newRoot): Buffer {
  return encodeHeader({ ...plainHeader, ...root, name: './', type: '5' });
}

/**
 * Writes an entry's headers as the extractor reads them: attributes as pax, long names as GNU does, since those are
 * bytes in any locale. The map of a sparse file comes with them.
 */
export function encodeForExtractor(entry: LayerEntry, out: Buffer[]): void {
  const name = entry.name === '' ? './' : entry.name;
  const pax: PaxRecords = new Map();
  if (entry.exactMtime !== undefined) pax.set('mtime', wholeAndPart(entry.exactMtime));
  for (const [key, value] of entry.xattrs) setAttribute(pax, key, value);
  const map = entry.extents ? encodeContentMap(entry) : undefined;
  if (map) for (const [key, value] of contentMapRecords(entry)) pax.set(key, value);
  if (pax.size > 0) pushExtension('x', encodePax(pax), out);
  if (name.length > 100) pushExtension('L', Buffer.from(`${name}\0`, 'latin1'), out);
  if (entry.link.length > 100) pushExtension('K', Buffer.from(`${entry.link}\0`, 'latin1'), out);
  const size = storedBytes(entry) + (map?.length ?? 0);
  out.push(encodeHeader({ ...entry, name, size, mode: entry.mode & 0o7777 }));
  if (map) out.push(map);
}

/** libarchive adds the fraction, also to what is below zero: `-1.25` has to be written as `-2.75`. */
function wholeAndPart(time: string): string {
  const [whole = '', part = ''] = time.split('.');
  if (!whole.startsWith('-')) return time;
  const nanoseconds = 1_000_000_000 - Number(part.slice(0, 9).padEnd(9, '0'));
  return `${BigInt(whole) - 1n}.${String(nanoseconds).padStart(9, '0')}`;
}

function pushExtension(type: string, content: Buffer, out: Buffer[]): void {
  out.push(encodeHeader({ ...plainHeader, name: '././@LongLink', type, size: content.length }));
  out.push(content, zeroBlock.subarray(0, paddingOf(content.length)));
}
