import type { Event } from '@arcbox/proto/arcbox/v1/api';
import type { LogEntry } from './log-entry.ts';

/** A reader hears how far it has come after so many events that are none of its, or so many milliseconds. */
const passedUntold = { events: 1_000, time: 10_000 } as const;

/** Lets through what a reader wants and, now and then, in place of what it does not, how far that was. */
export class Sieve {
  readonly #wants: ((event: Event) => boolean) | undefined;
  #untold = 0;
  #toldAt = Date.now();

  /** Without `wants` all events are let through; cuts and places are, in any case. */
  constructor(wants?: (event: Event) => boolean) {
    this.#wants = wants;
  }

  /** What the reader gets in place of `entry`; undefined for nothing. */
  pass(entry: LogEntry): LogEntry | undefined {
    if (!this.#wants) return entry;
    const isWanted = !entry.event || this.#wants(entry.event);
    if (!isWanted && ++this.#untold < passedUntold.events && Date.now() - this.#toldAt < passedUntold.time) return undefined;
    this.#untold = 0;
    this.#toldAt = Date.now();
    return isWanted ? entry : { log: entry.log, seq: entry.seq, id: entry.id };
  }
}
