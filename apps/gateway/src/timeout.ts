/** Milliseconds in each unit of `grpc-timeout`. */
const units: { readonly [unit: string]: number } = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };

/** What a timer of Node can still count; a longer timeout is no more than this to anybody. */
const longest = 2_147_483_000;

/** Milliseconds of a `grpc-timeout` header (gRPC over HTTP/2: up to 8 digits and a unit); undefined when it is none. */
export function parseTimeout(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,8})([HMSmun])$/.exec(text) ?? [];
  const unitLength = units[unit];
  return unitLength === undefined ? undefined : Math.min(Number(digits) * unitLength, longest);
}

/** The header for so many milliseconds, in at most 8 digits. */
export function formatTimeout(milliseconds: number): string {
  if (milliseconds < 1) return `${Math.max(1, Math.floor(milliseconds * 1_000))}u`;
  return milliseconds < 1e8 ? `${Math.floor(milliseconds)}m` : `${Math.floor(milliseconds / 1_000)}S`;
}
