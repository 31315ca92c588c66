import { isDay } from '@arcbox/filters';
import { parseDuration } from './duration.ts';

/**
 * A moment as docker takes it: Unix seconds, RFC 3339 (also without zone or
 * time of day, then local), or how long ago (`10m`). Unix nanoseconds;
 * undefined when it is none of these.
 */
export function parseTimeNano(text: string, now = Date.now()): bigint | undefined {
  const [, sign = '', whole, part = ''] = /^(-?)(\d{1,15})(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole !== undefined) return BigInt(`${sign}1`) * (BigInt(whole) * billion + fractionNano(part));
  const ago = parseDuration(text);
  if (ago !== undefined) return BigInt(now) * 1_000_000n - BigInt(Math.round(ago * 1e6));
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?$/.exec(text);
  if (!match) return undefined;
  const [, date = '', clock = '00:00', seconds = ':00', fraction = '', zone = ''] = match;
  if (!isDay(date)) return undefined;
  const parsed = Date.parse(`${date}T${clock}${seconds}${zone}`);
  return Number.isNaN(parsed) ? undefined : BigInt(parsed) * 1_000_000n + fractionNano(fraction);
}

/** The same in Unix seconds with their fraction, to the millisecond. */
export function parseTime(text: string, now = Date.now()): number | undefined {
  const time = parseTimeNano(text, now);
  return time === undefined ? undefined : Number(time / 1_000_000n) / 1000;
}

const billion = 1_000_000_000n;

/** Digits behind the point of a second. */
const fractionNano = (digits: string): bigint => BigInt(digits.slice(0, 9).padEnd(9, '0'));

/** `2026-01-31T12:00:00.000000000+01:00` in local time. */
export function formatTimeNano(nanoseconds: bigint): string {
  const { seconds, fraction } = split(nanoseconds);
  const { day, clock, zone } = local(seconds);
  return `${day}T${clock}.${fraction}${zone.slice(0, 3)}:${zone.slice(3)}`;
}

/** `2026-01-31T11:00:00.000000001Z`: UTC with all nine digits. */
export function formatTimeUtc(nanoseconds: bigint): string {
  const { seconds, fraction } = split(nanoseconds);
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

/** `2026-01-31 12:00:00 +0100` in local time. */
export function formatCreatedAt(unixSeconds: number | bigint): string {
  const { day, clock, zone } = local(Number(unixSeconds));
  return `${day} ${clock} ${zone}`;
}

function split(nanoseconds: bigint): { seconds: number; fraction: string } {
  return { seconds: Number(nanoseconds / billion), fraction: String(nanoseconds % billion).padStart(9, '0') };
}

function local(unixSeconds: number): { day: string; clock: string; zone: string } {
  const date = new Date(unixSeconds * 1000);
  const offset = -date.getTimezoneOffset();
  const shifted = new Date(date.getTime() + offset * 60_000).toISOString();
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.abs(offset) / 60)}${two(Math.abs(offset) % 60)}`;
  return { day: shifted.slice(0, 10), clock: shifted.slice(11, 19), zone };
}
