/** An entry of a layer. */
export interface TarEntry {
  /** Bytes as latin1, without `./` before and `/` behind. */
  readonly name: string;
  readonly type: 'file' | 'hard link' | 'link' | 'character' | 'block' | 'directory' | 'fifo';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds. */
  readonly time: number;
  readonly target: string;
  readonly device: string;
  readonly content: Buffer;
  readonly attributes: { readonly [name: string]: string };
}

const kinds: { readonly [flag: string]: TarEntry['type'] } = {
  '0': 'file',
  '\0': 'file',
  '1': 'hard link',
  '2': 'link',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
};

/** Reads a tar archive (POSIX pax, and GNU's long names) by its format alone: not with the code that is tested. */
export function* readTar(archive: Buffer): Generator<TarEntry> {
  let extension: Record<string, string> = {};
  for (let at = 0; at + 512 <= archive.length && archive[at] !== 0;) {
    const header = archive.subarray(at, at + 512);
    const flag = String.fromCharCode(header[156] ?? 0);
    const size = Number(extension['size'] ?? numberAt(header, 124, 12));
    const content = archive.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
    if (flag === 'x') extension = { ...extension, ...recordsOf(content) };
    else if (flag === 'L') extension['path'] = untilZero(content);
    else if (flag === 'K') extension['linkpath'] = untilZero(content);
    else if (flag !== 'g') {
      yield entryOf(header, flag, content, extension);
      extension = {};
    }
  }
}

function entryOf(header: Buffer, flag: string, content: Buffer, extension: { readonly [name: string]: string }): TarEntry {
  const type = kinds[flag];
  if (!type) throw new Error(`an entry of type ${flag}`);
  const prefix = header.toString('latin1', 257, 262) === 'ustar' && header[263] === 0x30 ? untilZero(header.subarray(345, 500)) : '';
  const short = untilZero(header.subarray(0, 100));
  const name = extension['path'] ?? (prefix === '' ? short : `${prefix}/${short}`);
  const attributes = Object.entries(extension).filter(([key]) => key.startsWith('SCHILY.xattr.'));
  return {
    name: name.replace(/^(\.?\/)+/, '').replace(/\/+$/, '').replace(/^\.$/, ''),
    type,
    mode: numberAt(header, 100, 8) & 0o7777,
    uid: Number(extension['uid'] ?? numberAt(header, 108, 8)),
    gid: Number(extension['gid'] ?? numberAt(header, 116, 8)),
    time: Math.floor(Number(extension['mtime'] ?? numberAt(header, 136, 12))),
    target: extension['linkpath'] ?? untilZero(header.subarray(157, 257)),
    device: /[34]/.test(flag) ? `${numberAt(header, 329, 8)}:${numberAt(header, 337, 8)}` : '',
    content,
    attributes: Object.fromEntries(attributes.map(([key, value]) => [key.slice('SCHILY.xattr.'.length), value])),
  };
}

/** `length key=value\n`, one after the other; lengths count bytes. */
function recordsOf(content: Buffer): Record<string, string> {
  const records: Record<string, string> = {};
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(' ', at);
    const length = Number(content.toString('latin1', at, space));
    const record = content.toString('latin1', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    records[record.slice(0, equals)] = record.slice(equals + 1);
    at += length;
  }
  return records;
}

/** Octal text, or GNU's binary numbers. */
function numberAt(header: Buffer, at: number, length: number): number {
  const field = header.subarray(at, at + length);
  if (((field[0] ?? 0) & 0x80) !== 0) return field.readUIntBE(length - 6, 6);
  return Number.parseInt(untilZero(field).trim() || '0', 8);
}

const untilZero = (field: Buffer): string => field.toString('latin1').split('\0', 1)[0] ?? '';
