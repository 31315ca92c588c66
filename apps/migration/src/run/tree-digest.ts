import { createHash, type Hash } from 'node:crypto';
import { BoundedQueue } from '@arcbox/stream';
import { readTar, type TarMember, toNanoseconds } from '@arcbox/tar';

/** Chunks on their way to where they are compared. */
const waiting = 4;

/** Pieces of a file that are zero count for nothing, so that holes are what they read as; bytes. */
const blockSize = 64 * 1024;

const modulus = 1n << 256n;

/** What a tree is: the same for the same files, in whatever order an archive has them; but of the names of one file the same has to come first. */
export interface TreeDigest {
  readonly digest: string;
  readonly files: number;
}

export interface WatchedArchive {
  /** The archive, as it is. */
  readonly content: AsyncGenerator<Buffer, void, undefined>;
  /** When it has been read to its end. */
  readonly digest: Promise<TreeDigest>;
}

/**
 * An archive of a tree and, when it has passed, what it held: path, type, mode,
 * owner, time, link, device, extended attributes and content of each file.
 */
export function watchArchive(archive: AsyncIterable<Buffer>, tell: (bytes: number) => void = () => {}): WatchedArchive {
  const copy = new BoundedQueue<Buffer>(waiting);
  const digest = digestTree(copy);
  digest.catch(() => {});
  return { content: pass(archive, copy, tell), digest };
}

async function* pass(archive: AsyncIterable<Buffer>, copy: BoundedQueue<Buffer>, tell: (bytes: number) => void): AsyncGenerator<Buffer, void, undefined> {
  let bytes = 0;
  try {
    for await (const chunk of archive) {
      tell((bytes += chunk.length));
      await copy.push(chunk);
      yield chunk;
    }
    copy.end();
  } finally {
    copy.fail(new Error('the archive was not read to its end'));
  }
}

/** What an archive of a tree holds. */
export async function digestTree(archive: AsyncIterable<Buffer>): Promise<TreeDigest> {
  let [sum, files] = [0n, 0];
  for await (const member of readTar(archive, { lists: true })) {
    const hash = createHash('sha256').update(describe(member));
    if (member.type === '0') await addContent(hash, member);
    // A sum, so that the order does not count.
    sum = (sum + BigInt(`0x${hash.digest('hex')}`)) % modulus;
    files += 1;
  }
  return { digest: sum.toString(16).padStart(64, '0'), files };
}

function describe(member: TarMember): string {
  const { name, type, mode, uid, gid, size, link, major, minor, xattrs } = member;
  // A further name of a file has what that has.
  if (type === '1') return JSON.stringify([name, type, link]);
  // Nobody can set the mode of a link; some say the type there once more.
  return JSON.stringify([name, type, type === '2' ? 0 : mode & 0o7777, uid, gid, size, String(toNanoseconds(member)), link, major, minor, [...xattrs].sort()]);
}

async function addContent(hash: Hash, { stored, size, extents = [{ offset: 0, length: size }] }: TarMember): Promise<void> {
  const block = new Block(hash);
  const places = extents[Symbol.iterator]();
  let place = { offset: 0, length: 0 };
  for await (const chunk of stored) {
    for (let at = 0; at < chunk.length;) {
      if (place.length === 0) place = { ...(places.next().value ?? { offset: 0, length: chunk.length - at }) };
      const piece = chunk.subarray(at, at + place.length);
      block.add(place.offset, piece);
      at += piece.length;
      place = { offset: place.offset + piece.length, length: place.length - piece.length };
    }
  }
  block.flush();
}

/** One block of a file at a time; those of zeros are passed over. */
class Block {
  readonly #hash: Hash;
  readonly #bytes = Buffer.alloc(blockSize);
  #number = 0;
  #isZero = true;

  constructor(hash: Hash) {
    this.#hash = hash;
  }

  /** Bytes at an offset that is never before the last. */
  add(offset: number, bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) {
      const number = Math.floor((offset + at) / blockSize);
      if (number !== this.#number) this.flush();
      this.#number = number;
      const start = (offset + at) % blockSize;
      const piece = bytes.subarray(at, at + blockSize - start);
      piece.copy(this.#bytes, start);
      this.#isZero = false;
      at += piece.length;
    }
  }

  flush(): void {
    if (!this.#isZero && !this.#bytes.equals(zeros)) this.#hash.update(`${this.#number}:`).update(this.#bytes);
    if (!this.#isZero) this.#bytes.fill(0);
    this.#isZero = true;
  }
}

const zeros = Buffer.alloc(blockSize);
