import { parseCount } from './parse-count.ts';

/** How much history the event log keeps; the oldest events go first. */
export interface EventRetention {
  /** Milliseconds; 0 means for ever. */
  readonly maxAge: number;
  /** Bytes of all events with their headers. */
  readonly maxBytes: number;
}

/** Where nobody says otherwise. */
export const usualEventRetention: EventRetention = { maxAge: 0, maxBytes: 4 * 1024 ** 3 };

/** As long as events are kept for a bus that has lost its end, and their ids to tell repeats. */
const shortestAge = 10 * 60_000;

/** Twice the largest event. */
const fewestBytes = 2 * 1024 ** 2;

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Reads ARCBOX_EVENTS_MAX_AGE (`90d`, `1d12h`, 0 for ever) and ARCBOX_EVENTS_MAX_BYTES. Throws on what cannot be. */
export function readEventRetention(env: NodeJS.ProcessEnv): EventRetention {
  const [age, bytes] = [env['ARCBOX_EVENTS_MAX_AGE'], env['ARCBOX_EVENTS_MAX_BYTES']];
  return {
    maxAge: age ? parseAge('ARCBOX_EVENTS_MAX_AGE', age) : usualEventRetention.maxAge,
    maxBytes: bytes ? parseBytes('ARCBOX_EVENTS_MAX_BYTES', bytes) : usualEventRetention.maxBytes,
  };
}

function parseAge(name: string, text: string): number {
  if (text === '0') return 0;
  if (!/^(\d{1,9}[smhdw])+$/.test(text)) throw new Error(`${name}: not an age such as 90d or 12h: ${text}`);
  const parts = [...text.matchAll(/(\d+)([smhdw])/g)];
  const age = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ''] ?? 0), 0);
  if (age < shortestAge) throw new Error(`${name}: at least 10m: ${text}`);
  return age;
}

function parseBytes(name: string, text: string): number {
  const bytes = parseCount(name, text);
  if (bytes < fewestBytes) throw new Error(`${name}: at least ${fewestBytes}: ${text}`);
  return bytes;
}
