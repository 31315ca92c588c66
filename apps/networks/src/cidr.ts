import { isIPv4, isIPv6 } from 'node:net';

export type Family = 4 | 6;

/** An IP address as a number. */
export interface Address {
  readonly family: Family;
  readonly value: bigint;
}

/** A block of addresses; `base` has no bits set behind the prefix. */
export interface Cidr {
  readonly family: Family;
  readonly base: bigint;
  readonly prefix: number;
}

export function widthOf(family: Family): number {
  return family === 4 ? 32 : 128;
}

/** Undefined when it is not an address; zones (`%eth0`) are not part of one. */
export function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return { family: 4, value: parseIPv4(text) };
  if (isIPv6(text) && !text.includes('%')) return { family: 6, value: parseIPv6(text) };
  return undefined;
}

/** Dotted quad, or the short form of RFC 5952. */
export function formatAddress({ family, value }: Address): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.');
  const groups = value.toString(16).padStart(32, '0').match(/.{4}/g) ?? [];
  // The URL standard serialises IPv6 hosts as RFC 5952 asks.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/**
 * `10.5.0.0/16`; undefined when it is none. Bits behind the prefix are cut off:
 * compare with `formatCidr` to see whether there were any.
 */
export function parseCidr(text: string): Cidr | undefined {
  const [ip = '', length = '', ...rest] = text.split('/');
  const address = parseAddress(ip);
  if (!address || rest.length > 0 || !/^\d{1,3}$/.test(length)) return undefined;
  const prefix = Number(length);
  if (prefix > widthOf(address.family)) return undefined;
  return { family: address.family, base: address.value & ~hostMask(address.family, prefix), prefix };
}

export function formatCidr({ family, base, prefix }: Cidr): string {
  return `${formatAddress({ family, value: base })}/${prefix}`;
}

/** Number of its last address: the broadcast address in IPv4. */
export function lastOf({ family, base, prefix }: Cidr): bigint {
  return base | hostMask(family, prefix);
}

export function containsAddress(cidr: Cidr, address: Address): boolean {
  return cidr.family === address.family && address.value >= cidr.base && address.value <= lastOf(cidr);
}

/** Whether all of `inner` lies in `outer`. */
export function containsCidr(outer: Cidr, inner: Cidr): boolean {
  return outer.family === inner.family && inner.base >= outer.base && lastOf(inner) <= lastOf(outer);
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.family === b.family && a.base <= lastOf(b) && b.base <= lastOf(a);
}

function hostMask(family: Family, prefix: number): bigint {
  return (1n << BigInt(widthOf(family) - prefix)) - 1n;
}

function parseIPv4(text: string): bigint {
  return text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function parseIPv6(text: string): bigint {
  const quad = /(?<=:)\d+\.\d+\.\d+\.\d+$/.exec(text)?.[0];
  const plain = quad ? text.slice(0, -quad.length) + hexOf(quad) : text;
  const [head = '', tail] = plain.split('::');
  const groupsOf = (part: string): string[] => part.split(':').filter((group) => group !== '');
  const [left, right] = [groupsOf(head), groupsOf(tail ?? '')];
  const gap = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...gap, ...right].reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

/** An IPv4 tail of an IPv6 address as its two groups. */
function hexOf(quad: string): string {
  const value = parseIPv4(quad);
  return `${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
}
