import { invalidArgument } from '@arcbox/errors';

const nanoseconds: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** Reads a duration as Go writes it, `1h15m30.5s`, into nanoseconds. */
export function parseDuration(text: string): number {
  const [, sign = '', parts = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (parts === '0') return 0;
  if (!/^((\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h))+$/.test(parts)) throw invalidDuration(text);
  let total = 0;
  for (const [, number, unit = ''] of parts.matchAll(/([\d.]+)([^\d.]+)/g)) {
    total += Number(number) * (nanoseconds[unit] ?? Number.NaN);
  }
  const value = Math.round(total);
  if (!Number.isFinite(value) || value >= 2 ** 63) throw invalidDuration(text);
  return sign === '-' ? -value : value;
}

const invalidDuration = (text: string): Error => invalidArgument(`invalid duration ${JSON.stringify(text)}`);
