import { spawn } from 'node:child_process';
import { formatAddress } from '../src/cidr.ts';
import type { Place } from './places.ts';

/** Codes of RFC 1035. */
export const types = { a: 1, ptr: 12, text: 16, aaaa: 28, any: 255 } as const;

export interface Answer {
  readonly code: number;
  readonly isCut: boolean;
  readonly addresses: string[];
}

/** A question of DNS, RFC 1035; with `size`, by EDNS, RFC 6891. */
export function question(name: string, type: keyof typeof types, size?: number): Buffer {
  const labels = name.split('.').flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]);
  const extension = size === undefined ? [] : [0, 0, 41, size >> 8, size & 0xff, 0, 0, 0, 0, 0, 0];
  const head = [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, extension.length > 0 ? 1 : 0];
  return Buffer.concat([Buffer.from(head), ...labels, Buffer.from([0, 0, types[type], 0, 1, ...extension])]);
}

/** A message as it goes over TCP. */
export function framed(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from([message.length >> 8, message.length & 0xff]), message]);
}

/** All messages that came over TCP. */
export function unframed(bytes: Buffer): Buffer[] {
  if (bytes.length < 2) return [];
  const end = 2 + bytes.readUInt16BE(0);
  return [bytes.subarray(2, end), ...unframed(bytes.subarray(end))];
}

/**
 * Sends from a place what may be a question: the first datagram that comes back, or all
 * that comes by TCP until the other side hangs up; nothing is waited for longer than `seconds`.
 */
export async function send(from: Place, server: string, packet: Buffer, { way = 'UDP', seconds = 5 } = {}): Promise<Buffer> {
  const target = `${way}:${server.includes(':') ? `[${server}]` : server}:53`;
  const child = spawn('nsenter', [`--net=${from}`, 'socat', '-t', String(seconds), '-', target], { stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.on('error', () => {});
  child.stdin.end(packet);
  const heard: Buffer[] = [];
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    heard.push(chunk);
    if (way === 'UDP') child.kill();
  }
  return Buffer.concat(heard);
}

/** The addresses of an answer; in place of a name, an empty one. */
export function parse(packet: Buffer): Answer {
  const count = packet.readUInt16BE(6);
  const addresses: string[] = [];
  let at = 12;
  const skip = (): void => {
    while ((packet[at] ?? 0) !== 0) {
      if (((packet[at] ?? 0) & 0xc0) === 0xc0) return void (at += 2);
      at += 1 + (packet[at] ?? 0);
    }
    at++;
  };
  skip();
  at += 4;
  for (let index = 0; index < count; index++) {
    skip();
    const length = packet.readUInt16BE(at + 8);
    const data = packet.subarray(at + 10, at + 10 + length);
    const isAddress = packet.readUInt16BE(at) !== types.ptr;
    addresses.push(isAddress ? formatAddress({ family: length === 4 ? 4 : 6, value: BigInt(`0x${data.toString('hex')}`) }) : '');
    at += 10 + length;
  }
  const flags = packet.readUInt16BE(2);
  return { code: flags & 0xf, isCut: (flags & 0x200) !== 0, addresses };
}
