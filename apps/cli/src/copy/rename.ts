import { cleanName, type LayerEntry } from '@arcbox/tar';

/** Names of an archive whose files are all below `from`, or below nothing, put below `to` instead. */
export function renamer(from: string, to: string): (name: string) => string {
  const [before, after] = [toBytes(from), toBytes(to)];
  return (name) => {
    const rest = withoutTop(cleanName(name), before);
    return [after, rest].filter(Boolean).join('/');
  };
}

/** A file of an archive under another name; hard links follow. */
export function renamed<Entry extends Pick<LayerEntry, 'name' | 'type' | 'link'>>(entry: Entry, rename: (name: string) => string): Entry {
  return { ...entry, name: rename(entry.name), link: entry.type === '1' ? rename(entry.link) : entry.link };
}

function withoutTop(name: string, top: string): string {
  if (top === '' || name === top) return top === '' ? name : '';
  return name.startsWith(`${top}/`) ? name.slice(top.length + 1) : name;
}

/** Names are bytes in latin1 there. */
const toBytes = (name: string): string => (name === '.' || name === '/' ? '' : Buffer.from(name).toString('latin1'));
