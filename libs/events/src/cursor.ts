import { crc32 } from 'node:zlib';
import { invalidArgument } from '@arcbox/errors';

/** How far somebody has read a log. */
export interface Place {
  /** Which log: 12 hex digits. */
  readonly log: string;
  /** Sequence of the last event that was read, or passed over; 0 before the first. */
  readonly seq: number;
  /** Id of the event there, a UUID; absent when it is not known. */
  readonly id?: string;
}

/** A place to go on from, with what the reader wants of the rest. */
export interface Cursor extends Place {
  /** Events from before this time are not wanted, Unix nanoseconds; 0 for all. */
  readonly since: bigint;
}

const version = 1;

/** Bytes: version, log, sequence, since, beginning of the id (0 when not known), checksum. */
const at = { log: 1, seq: 7, since: 15, id: 23, sum: 29, end: 33 } as const;

const unknownId = '0'.repeat(12);

/** One word of letters, digits, `-` and `_`, the same for the same place at every replica. */
export function encodeCursor({ log, seq, id }: Place, since: bigint): string {
  const bytes = Buffer.alloc(at.end);
  bytes.writeUInt8(version);
  bytes.write(log, at.log, 'hex');
  bytes.writeBigUInt64BE(BigInt(seq), at.seq);
  bytes.writeBigInt64BE(since, at.since);
  bytes.write(idPart(id), at.id, 'hex');
  bytes.writeUInt32BE(crc32(bytes.subarray(0, at.sum)), at.sum);
  return bytes.toString('base64url');
}

/** What `encodeCursor` has put in, with the beginning of the id only; INVALID_ARGUMENT for anything else. */
export function decodeCursor(text: string): Cursor {
  const bytes = Buffer.from(text, 'base64url');
  const isWhole = bytes.length === at.end && bytes.toString('base64url') === text;
  if (!isWhole || bytes.readUInt8() !== version || bytes.readUInt32BE(at.sum) !== crc32(bytes.subarray(0, at.sum))) {
    throw invalidArgument(`not a cursor: ${text.slice(0, 64)}`);
  }
  const id = bytes.toString('hex', at.id, at.sum);
  return {
    log: bytes.toString('hex', at.log, at.seq),
    seq: Number(bytes.readBigUInt64BE(at.seq)),
    since: bytes.readBigInt64BE(at.since),
    ...(id === unknownId ? {} : { id }),
  };
}

/** Whether an event of the log may be the one that a cursor tells of. */
export const isSameId = (whole: string | undefined, part: string): boolean => idPart(whole) === part;

/** The first twelve hex digits of a UUID. */
function idPart(id: string | undefined): string {
  const digits = id?.replaceAll('-', '').slice(0, 12) ?? '';
  return /^[0-9a-f]{12}$/.test(digits) ? digits : unknownId;
}
