/** Whole seconds since 1970 of an RFC 3339 time; 0 when it is none. */
export function toSeconds(time: string): bigint {
  const milliseconds = Date.parse(time);
  return Number.isNaN(milliseconds) ? 0n : BigInt(Math.floor(milliseconds / 1_000));
}

/** A protobuf timestamp of an RFC 3339 time. */
export function toTimestamp(time: string): { seconds: bigint; nanos: number } {
  return { seconds: toSeconds(time), nanos: (Date.parse(time) % 1_000) * 1_000_000 };
}
