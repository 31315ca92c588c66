import { createHash } from 'node:crypto';
import { resourceExhausted } from '@arcbox/errors';
import { type Cidr, type Family, overlaps, parseAddress } from './cidr.ts';

/** The pools that Docker takes from, so that people find what they expect: 172.17/16 to 172.31/16, then 192.168 by /20. */
const pools: readonly { first: string; prefix: number; count: number }[] = [
  { first: '172.17.0.0', prefix: 16, count: 15 },
  { first: '192.168.0.0', prefix: 20, count: 16 },
];

/** A free subnet of the pools: one that overlaps nothing in `taken`. */
export function chooseSubnet(family: Family, taken: readonly Cidr[], node: string): Cidr {
  for (const candidate of family === 4 ? candidates4() : candidates6(node)) {
    if (!taken.some((cidr) => overlaps(cidr, candidate))) return candidate;
  }
  throw resourceExhausted('every subnet of the address pools is in use: name one');
}

function* candidates4(): Generator<Cidr> {
  for (const { first, prefix, count } of pools) {
    const base = parseAddress(first)?.value ?? 0n;
    for (let index = 0; index < count; index++) {
      yield { family: 4, base: base + (BigInt(index) << BigInt(32 - prefix)), prefix };
    }
  }
}

/** RFC 4193: fd, 40 bits that are this node's own, 16 bits of subnet; each a /64. */
function* candidates6(node: string): Generator<Cidr> {
  const own = BigInt(`0xfd${createHash('sha256').update(node).digest('hex').slice(0, 10)}`);
  for (let index = 0n; index < 0x1_0000n; index++) {
    yield { family: 6, base: ((own << 16n) | index) << 64n, prefix: 64 };
  }
}
