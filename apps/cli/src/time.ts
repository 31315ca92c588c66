import { parseDuration } from './duration.ts';

/**
 * A moment as docker takes it: Unix seconds, RFC 3339 (also without zone or
 * time of day, then local), or how long ago (`10m`). Unix seconds with their
 * fraction; undefined when it is none of these.
 */
export function parseTime(text: string, now = Date.now()): number | undefined {
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  const ago = parseDuration(text);
  if (ago !== undefined) return (now - ago) / 1000;
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/.exec(text);
  if (!match) return undefined;
  const [, date, clock = '00:00', seconds = ':00', fraction = '', zone = ''] = match;
  const parsed = Date.parse(`${date}T${clock}${seconds}${fraction.slice(0, 4)}${zone}`);
  return Number.isNaN(parsed) ? undefined : parsed / 1000;
}

/** Start of a range in whole seconds; never 0, which would mean no start. */
export const sinceSeconds = (time: number): bigint => BigInt(Math.max(1, Math.floor(time)));

/** End of a range in whole seconds; never 0, which would mean no end. */
export const untilSeconds = (time: number): bigint => BigInt(Math.max(1, Math.ceil(time)));

/** Start or end of a range in nanoseconds, exact to the microsecond; never 0, which would mean none. */
export function boundNano(time: number): bigint {
  const nano = BigInt(Math.round(time * 1e6)) * 1000n;
  return nano > 0n ? nano : 1n;
}

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
  const billion = 1_000_000_000n;
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
