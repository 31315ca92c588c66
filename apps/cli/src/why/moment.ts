import { formatDuration } from '../duration.ts';

/** `4 minutes ago`, as part of a sentence. */
export function ago(timeNano: bigint, now: number): string {
  return `${lasted(timeNano, now)} ago`;
}

/** `4 minutes`: how long it has been since then. */
export function lasted(timeNano: bigint, now: number): string {
  const words = formatDuration(Math.max(0, now - Number(timeNano / 1_000_000n)) / 1000);
  return words.charAt(0).toLowerCase() + words.slice(1);
}
