import type { Address } from './cidr.ts';

/** RFC 1035, 3596 and 6891. */
export const codes = { done: 0, malformed: 1, failed: 2, noSuchName: 3, unknownWork: 4, refused: 5 } as const;
export type Code = (typeof codes)[keyof typeof codes];
export const types = { a: 1, ptr: 12, aaaa: 28, extension: 41, any: 255 } as const;
const internet = 1;
const headerLength = 12;
const extensionLength = 11;
const flags = { response: 0x8000, operation: 0x7800, authoritative: 0x0400, truncated: 0x0200, wanted: 0x0100, recursive: 0x0080 } as const;

/** Bytes that anybody takes by UDP, and what answers of ours never exceed there: more is sent in fragments, which get lost. */
const [smallest, largest] = [512, 1232];

/** Seconds that others may remember an answer: containers come and go. */
const lifetime = 5;

/** The one question of a message. */
export interface Question {
  /** In lower case, without the dot at the end. */
  readonly name: string;
  readonly type: number;
  /** Where the message goes on after it. */
  readonly end: number;
  /** Bytes that an answer by UDP may have. */
  readonly room: number;
  /** The asker knows of EDNS. */
  readonly isExtended: boolean;
}

/** Part of an answer: an address, or the name of one. */
export type Found = Address | string;

/** What a message asks; the code to answer with where it is no question; undefined where nothing must be answered. */
export function readQuestion(message: Buffer): Question | Code | undefined {
  if (message.length < headerLength || isResponse(message)) return undefined;
  if ((message.readUInt16BE(2) & flags.operation) !== 0) return codes.unknownWork;
  if (message.readUInt16BE(4) !== 1) return codes.malformed;
  try {
    const { labels, end } = readLabels(message, headerLength);
    const question = { name: labels.join('.').toLowerCase(), type: message.readUInt16BE(end), end: end + 4 };
    if (message.readUInt16BE(end + 2) !== internet) return codes.refused;
    const size = readExtension(message, question.end);
    return { ...question, isExtended: size !== undefined, room: Math.min(Math.max(size ?? smallest, smallest), largest) };
  } catch (error) {
    // The one thing that reading a buffer throws: it ends too early.
    if (error instanceof RangeError) return codes.malformed;
    throw error;
  }
}

/** The answer of somebody who knows it. What has no room is left out, and the answer says so. */
export function writeAnswer(message: Buffer, question: Question, found: readonly Found[], room: number): Buffer {
  const extension = question.isExtended ? writeExtension() : Buffer.alloc(0);
  const records = found.map(writeRecord);
  let [length, count] = [question.end + extension.length, 0];
  for (const record of records) {
    if (length + record.length > room) break;
    length += record.length;
    count++;
  }
  const mark = flags.authoritative | (count < records.length ? flags.truncated : 0);
  const head = writeHeader(message, question.end, codes.done, mark);
  head.writeUInt16BE(count, 6);
  head.writeUInt16BE(extension.length > 0 ? 1 : 0, 10);
  return Buffer.concat([head, ...records.slice(0, count), extension]);
}

/** An answer that is a code only; to what could not be read, without the question. */
export function writeCode(message: Buffer, question: Question | undefined, code: Code): Buffer {
  const extension = question?.isExtended ? writeExtension() : Buffer.alloc(0);
  const head = writeHeader(message, question?.end ?? headerLength, code, 0);
  if (!question) head.writeUInt16BE(0, 4);
  head.writeUInt16BE(extension.length > 0 ? 1 : 0, 10);
  return Buffer.concat([head, extension]);
}

/** Whether a message answers a question, and not another that somebody makes up. */
export function answers(answer: Buffer, message: Buffer, { end }: Question): boolean {
  if (answer.length < headerLength || !isResponse(answer) || answer.readUInt16BE(0) !== message.readUInt16BE(0)) return false;
  // Who cannot read a question may leave it out.
  if (answer.readUInt16BE(4) === 0) return codeOf(answer) !== codes.done;
  const asked = (of: Buffer): string => of.toString('latin1', headerLength, end).toLowerCase();
  return asked(answer) === asked(message);
}

export function isTruncated(message: Buffer): boolean {
  return (message.readUInt16BE(2) & flags.truncated) !== 0;
}

export function codeOf(message: Buffer): number {
  return message.readUInt16BE(2) & 0xf;
}

/** The same message under another number. */
export function numbered(message: Buffer, id: number): Buffer {
  const copy = Buffer.from(message);
  copy.writeUInt16BE(id, 0);
  return copy;
}

function isResponse(message: Buffer): boolean {
  return (message.readUInt16BE(2) & flags.response) !== 0;
}

function writeHeader(message: Buffer, end: number, code: Code, mark: number): Buffer {
  const head = Buffer.from(message.subarray(0, end));
  const kept = message.readUInt16BE(2) & (flags.operation | flags.wanted);
  head.writeUInt16BE(kept | flags.response | flags.recursive | mark | code, 2);
  head.fill(0, 6, headerLength);
  return head;
}

/** With the name of the question, which every message of ours has at the same place. */
function writeRecord(found: Found): Buffer {
  const data = typeof found === 'string' ? writeName(found) : Buffer.from(found.value.toString(16).padStart(found.family === 4 ? 8 : 32, '0'), 'hex');
  const type = typeof found === 'string' ? types.ptr : found.family === 4 ? types.a : types.aaaa;
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc000 | headerLength, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(internet, 4);
  head.writeUInt32BE(lifetime, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function writeName(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '').map((label) => Buffer.from(label.slice(0, 63), 'latin1'));
  return Buffer.concat([...labels.flatMap((label) => [Buffer.from([label.length]), label]), Buffer.from([0])]);
}

function writeExtension(): Buffer {
  const record = Buffer.alloc(extensionLength);
  record.writeUInt16BE(types.extension, 1);
  record.writeUInt16BE(largest, 3);
  return record;
}

/** Bytes that the asker takes by UDP, as EDNS says; undefined without. */
function readExtension(message: Buffer, start: number): number | undefined {
  const count = message.readUInt16BE(6) + message.readUInt16BE(8) + message.readUInt16BE(10);
  for (let [at, index] = [start, 0]; index < count; index++) {
    const end = skipName(message, at);
    if (message.readUInt16BE(end) === types.extension) return message.readUInt16BE(end + 2);
    at = end + 10 + message.readUInt16BE(end + 8);
  }
  return undefined;
}

function skipName(message: Buffer, start: number): number {
  for (let at = start; ; ) {
    const length = message.readUInt8(at);
    if (length >= 0xc0) return at + 2;
    at += 1 + length;
    if (length === 0) return at;
  }
}

/** A name without references to others: the first of a message has none to refer to. */
function readLabels(message: Buffer, start: number): { labels: string[]; end: number } {
  const labels: string[] = [];
  for (let at = start; ; ) {
    const length = message.readUInt8(at);
    at++;
    if (length === 0) return { labels, end: at };
    if (length > 63 || at + length - start > 254) throw new RangeError('not a name');
    if (at + length > message.length) throw new RangeError('a name that ends too early');
    labels.push(message.toString('latin1', at, at + length));
    at += length;
  }
}
