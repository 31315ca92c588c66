import type { Event } from '@arcbox/proto/arcbox/v1/api';
import { type LogEntry, LoggedMessage } from './log-entry.ts';

/** A reader hears how far it has come after so many events that are none of its, or so many milliseconds. */
const passedUntold = { events: 10_000, time: 10_000 } as const;

/** Lets through what a reader wants and, now and then, in place of what it does not, how far that was. */
export class Sieve {
  readonly #wants: ((event: Event) => boolean) | undefined;
  readonly #texts: readonly Buffer[];
  #untold = 0;
  #toldAt: number | undefined;

  /**
   * Without `wants` all events are let through; cuts and places are, in any case. What has none of `texts` in it is
   * not wanted, and not even decoded: for whoever reads alone.
   */
  constructor(wants: ((event: Event) => boolean) | undefined, texts: readonly string[] = []) {
    this.#wants = wants;
    this.#texts = texts.map((text) => Buffer.from(text));
  }

  /** What the reader gets in place of `entry`, `now` (milliseconds of any clock); undefined for nothing. */
  pass(entry: LogEntry, now: number): LogEntry | undefined {
    if (!this.#wants) return entry;
    const isWanted = this.#isWanted(entry, this.#wants);
    this.#toldAt ??= now;
    if (!isWanted && ++this.#untold < passedUntold.events && now - this.#toldAt < passedUntold.time) return undefined;
    this.#untold = 0;
    this.#toldAt = now;
    return isWanted ? entry : { log: entry.log, seq: entry.seq, id: entry.id };
  }

  #isWanted(entry: LogEntry, wants: (event: Event) => boolean): boolean {
    const isStrange = entry instanceof LoggedMessage && this.#texts.length > 0 && !this.#texts.some((text) => entry.includes(text));
    return !isStrange && (!entry.event || wants(entry.event));
  }
}
