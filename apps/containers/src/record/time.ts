/** RFC 3339 for "never", as Docker shows it. */
export const never = '0001-01-01T00:00:00Z';

/** Unix time in nanoseconds; the clock has milliseconds, the rest only keeps order within one. */
export function nowNano(): bigint {
  return BigInt(Date.now()) * 1_000_000n + (process.hrtime.bigint() % 1_000_000n);
}

/** RFC 3339 with nanoseconds, UTC. */
export function formatNano(nano: bigint): string {
  const seconds = new Date(Number(nano / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(nano % 1_000_000_000n).padStart(9, '0')}Z`;
}

/** Nanoseconds of an RFC 3339 time with any number of decimals and any offset; 0 for `never`. */
export function parseNano(text: string): bigint {
  if (text === never || text === '') return 0n;
  const match = /^(?<whole>\d+-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(?<fraction>\d{1,9})\d*)?(?<zone>Z|[+-]\d\d:\d\d)$/.exec(text);
  const { whole = '', fraction = '', zone = '' } = match?.groups ?? {};
  return BigInt(Date.parse(whole + zone)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}
