import type { EventRetention } from '@arcbox/config';
import { isKind } from '@arcbox/errors';

/** How much history there is, and how much there may be. */
export interface EventLogFacts {
  readonly reachable: boolean;
  readonly events: number;
  readonly bytes: number;
  /** Time of the first event, Unix nanoseconds; 0 when there is none. */
  readonly first: bigint;
  readonly retention: EventRetention;
}

/** The part of the event log that is needed here. */
export interface EventLogSource {
  state(signal: AbortSignal): Promise<{ events: number; bytes: number; firstTime: bigint; retention: EventRetention }>;
}

/** As the log is now; while it cannot be reached, only the limits that it is to have. */
export async function readEventLogFacts(
  log: EventLogSource,
  configured: EventRetention,
  signal: AbortSignal,
): Promise<EventLogFacts> {
  try {
    const { events, bytes, firstTime, retention } = await log.state(signal);
    return { reachable: true, events, bytes, first: firstTime, retention };
  } catch (error) {
    if (!isKind(error, 'unavailable')) throw error;
    return { reachable: false, events: 0, bytes: 0, first: 0n, retention: configured };
  }
}
