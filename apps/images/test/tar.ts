import { encodeHeader, encodePax, paddingOf, type TarHeader, zeroBlock } from '@arcbox/tar';

/** An entry of a test's archive; a file unless `type` says otherwise. Names may be as bad as a test likes. */
export interface TarInput extends Partial<TarHeader> {
  readonly name: string;
  readonly content?: string | Buffer;
  readonly pax?: { readonly [key: string]: string };
}

export function makeTar(entries: readonly TarInput[]): Buffer {
  return Buffer.concat([...entries.flatMap(encodeEntry), zeroBlock, zeroBlock]);
}

/** As some builders write it: nothing after the last byte of the last file. */
export function makeBareTar(entries: readonly TarInput[]): Buffer {
  const last = entries.at(-1)?.content ?? '';
  return makeTar(entries).subarray(0, -paddingOf(Buffer.byteLength(last)) - 2 * zeroBlock.length);
}

function encodeEntry({ content = '', pax, ...fields }: TarInput): Buffer[] {
  const body = Buffer.from(content);
  const type = fields.type ?? '0';
  const header: TarHeader = {
    mode: type === '5' ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    size: body.length,
    mtime: 1_700_000_000,
    type,
    link: '',
    major: 0,
    minor: 0,
    ...fields,
  };
  const extension = pax ? extend(encodePax(new Map(Object.entries(pax)))) : [];
  return [...extension, encodeHeader(header), body, zeroBlock.subarray(0, paddingOf(body.length))];
}

function extend(content: Buffer): Buffer[] {
  const header = {
    name: 'pax',
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: content.length,
    mtime: 0,
    type: 'x',
    link: '',
    major: 0,
    minor: 0,
  };
  return [encodeHeader(header), content, zeroBlock.subarray(0, paddingOf(content.length))];
}
