/** The header `Retry-After`, RFC 9110 section 10.2.3: milliseconds from `now`; undefined when it says nothing. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1_000;
  // What begins otherwise is no date of HTTP, though JavaScript reads one in `1.5` and `-1`.
  const date = /^[A-Z][a-z]{2}/.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(date - now, 0);
}
