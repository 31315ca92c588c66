/** Enough to know a tar archive by. */
const headSize = 512;

/** The first bytes of a stream, and all of it, the first bytes again included. */
export async function peek(
  stream: AsyncIterable<Uint8Array>,
): Promise<{ head: Buffer; all: AsyncIterable<Uint8Array> }> {
  const iterator = stream[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < headSize) {
    const { done, value } = await iterator.next();
    if (done) break;
    head = Buffer.concat([head, value]);
  }
  return { head, all: again(head, iterator) };
}

async function* again(
  head: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield head;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

const compressions = [
  [0x1f, 0x8b],
  [0x28, 0xb5, 0x2f, 0xfd],
  [0x42, 0x5a, 0x68],
  [0xfd, 0x37, 0x7a, 0x58, 0x5a],
];

/** Whether a stream that begins so is a tar archive, plain or compressed (gzip, zstd, bzip2, xz). */
export function isArchive(head: Buffer): boolean {
  return compressions.some((magic) => magic.every((byte, at) => head[at] === byte)) || isTarHeader(head);
}

/** The sum of all bytes, with blanks for the sum itself, is in the header: pax(1), ustar. */
function isTarHeader(head: Buffer): boolean {
  if (head.length < headSize) return false;
  const header = head.subarray(0, headSize);
  // An archive of nothing.
  if (header.every((byte) => byte === 0)) return true;
  const told = Number.parseInt(header.subarray(148, 156).toString('latin1'), 8);
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  return told === sum;
}
