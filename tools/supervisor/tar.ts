/** An entry of a tar archive. Owner root, time 0: the same entries give the same bytes on every machine. */
export type TarEntry =
  | { readonly path: string; readonly type: 'file'; readonly content: Buffer; readonly mode?: number }
  | { readonly path: string; readonly type: 'directory'; readonly mode?: number }
  | { readonly path: string; readonly type: 'symlink'; readonly target: string };

const block = 512;
const typeFlags = { file: '0', symlink: '2', directory: '5' } as const;

/** Writes a tar archive (POSIX ustar). Paths and link targets have at most 100 bytes. */
export function writeTar(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap((entry) => {
    const content = entry.type === 'file' ? entry.content : Buffer.alloc(0);
    return [header(entry, content.length), content, Buffer.alloc(padding(content.length))];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}

const padding = (size: number): number => (block - (size % block)) % block;

function header(entry: TarEntry, size: number): Buffer {
  const header = Buffer.alloc(block);
  const field = (value: string, offset: number, length: number): void => {
    if (Buffer.byteLength(value) > length) throw new Error(`does not fit into a tar header: ${value}`);
    header.write(value, offset);
  };
  const octal = (value: number, length: number): string => value.toString(8).padStart(length - 1, '0');

  field(entry.path, 0, 100);
  field(octal(entry.type === 'symlink' ? 0o777 : (entry.mode ?? (entry.type === 'file' ? 0o644 : 0o755)), 8), 100, 8);
  field(octal(0, 8), 108, 8);
  field(octal(0, 8), 116, 8);
  field(octal(size, 12), 124, 12);
  field(octal(0, 12), 136, 12);
  field(' '.repeat(8), 148, 8);
  field(typeFlags[entry.type], 156, 1);
  if (entry.type === 'symlink') field(entry.target, 157, 100);
  field('ustar\u000000', 257, 8);
  field('root', 265, 32);
  field('root', 297, 32);

  // The checksum is taken with its own field blank.
  const checksum = header.reduce((sum, byte) => sum + byte);
  field(`${octal(checksum, 7)}\u0000 `, 148, 8);
  return header;
}
