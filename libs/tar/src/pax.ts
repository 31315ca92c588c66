import { dataLoss } from '@arcbox/errors';

/** Extended header records: pax(1), "pax Extended Header". Keys and values are bytes, one a character (latin1). */
export type PaxRecords = Map<string, string>;

/** Records that GNU tar repeats, one for each piece of a sparse file (format 0.0): together they are its map in format 0.1. */
const repeated = new Set(['GNU.sparse.offset', 'GNU.sparse.numbytes']);
const sparseMap = 'GNU.sparse.map';

/** Reads `length key=value\n` records; DATA_LOSS when they are broken. */
export function decodePax(content: Buffer): PaxRecords {
  const records: PaxRecords = new Map();
  const pieces: string[] = [];
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(0x20, at);
    const digits = space < 0 ? '' : content.toString('latin1', at, space);
    const length = /^[0-9]{1,10}$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    const equals = content.indexOf(0x3d, space);
    if (length === 0 || end > content.length || equals < 0 || equals >= end || content[end - 1] !== 0x0a) {
      throw dataLoss('broken tar archive: broken extended header');
    }
    const [key, value] = [content.toString('latin1', space + 1, equals), content.toString('latin1', equals + 1, end - 1)];
    if (repeated.has(key)) pieces.push(value);
    else records.set(key, value);
    at = end;
  }
  return pieces.length > 0 ? records.set(sparseMap, pieces.join(',')) : records;
}

export function encodePax(records: PaxRecords): Buffer {
  return Buffer.from([...records].map(([key, value]) => encodeRecord(key, value)).join(''), 'latin1');
}

/** The length counts itself. */
function encodeRecord(key: string, value: string): string {
  const rest = key.length + value.length + 3;
  let length = rest + String(rest).length;
  if (String(length).length !== String(rest).length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}
