import type { Event } from '@arcbox/proto/arcbox/v1/api';
import type { RequestScope } from '@arcbox/request';
import type { Place } from './cursor.ts';
import type { StreamMessage } from './pull.ts';
import { causeOf, decodeEvent } from './wire.ts';

/** What reading the log gives: an event, a cut, or only how far it has come. */
export interface LogEntry extends Place {
  readonly event?: Event;
  /** The request that the event comes from; absent when nobody asked for it. */
  readonly cause?: RequestScope;
  readonly cut?: Cut;
}

export interface LoggedEvent extends LogEntry {
  /** Place in the log: grows, never repeats. */
  readonly seq: number;
  readonly event: Event;
}

/** Events before this place that were asked for are not in the log any more. */
export interface Cut {
  /** Time of the first one that there still is, Unix nanoseconds; 0 when there is none. */
  readonly first: bigint;
  /** How many are gone, whether they would have matched or not; 0 when that is not known. */
  readonly dropped: number;
}

/** A message as an entry. It is decoded, and its headers are read, when they are asked for: most of what a filter passes over is never told. */
export class LoggedMessage implements LogEntry {
  readonly log: string;
  readonly seq: number;
  readonly #message: StreamMessage;
  #event: Event | undefined;
  #cause: { readonly known: RequestScope | undefined } | undefined;

  constructor(message: StreamMessage, log: string) {
    this.log = log;
    this.seq = message.seq;
    this.#message = message;
  }

  /** Undefined when somebody has published what is no event: then the entry only tells how far the log is. */
  get event(): Event | undefined {
    return (this.#event ??= decodeEvent(this.#message.data));
  }

  /** Whether the bytes are somewhere in the event. */
  includes(bytes: Buffer): boolean {
    const { data } = this.#message;
    return Buffer.from(data.buffer, data.byteOffset, data.byteLength).includes(bytes);
  }

  get id(): string | undefined {
    return this.#message.headers?.get('ce-id') || undefined;
  }

  get cause(): RequestScope | undefined {
    return (this.#cause ??= { known: causeOf(this.#message.headers) }).known;
  }
}
