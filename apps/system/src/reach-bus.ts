import { setTimeout as sleep } from 'node:timers/promises';
import { unavailable } from '@arcbox/errors';
import type { Bus } from '@arcbox/events';

/** How long a client of Events waits for a bus that is not there, in milliseconds. */
const patience = 3_000;

/** Waits for a bus that is away, not for long; UNAVAILABLE when it stays away. */
export async function reachBus(bus: Bus, signal: AbortSignal): Promise<void> {
  for (const end = Date.now() + patience; !bus.connected; await sleep(25, undefined, { signal })) {
    if (Date.now() > end) throw unavailable('the event bus is not running');
  }
}
