import { setTimeout as sleep } from 'node:timers/promises';
import type { EventsResponse, EventsResponse_Cut } from '@arcbox/proto/arcbox/engine/v1/system';
import type { Engine } from './connection.ts';
import { isFailure } from './failure.ts';
import { note } from './output.ts';
import { formatTimeNano } from './time.ts';

export interface EventStreamRequest {
  /** Unix nanoseconds; 0: not given. */
  readonly since: bigint;
  /** Unix nanoseconds; 0: not given. */
  readonly until: bigint;
  readonly cursor: string;
  readonly filters: { readonly [key: string]: string };
}

/** A broken connection is tried again so long, in milliseconds. */
const patience = 60_000;

/** Between two tries, in milliseconds. */
const pause = 250;

/**
 * Events of the engine. Where the connection breaks it goes on after the last
 * one, and says so on stderr, as it does when the engine has no more of the
 * history that was asked for.
 */
export async function* eventStream(engine: Engine, request: EventStreamRequest): AsyncGenerator<EventsResponse, void, undefined> {
  let next: Partial<EventStreamRequest> = request;
  let brokenAt: number | undefined;
  for (;;) {
    try {
      for await (const response of engine.furtherSystem.events(next)) {
        if (brokenAt !== undefined) note('connected again, going on after the last event');
        brokenAt = undefined;
        next = { cursor: response.cursor, until: request.until, filters: request.filters };
        if (response.cut) note(describeCut(response.cut));
        yield response;
      }
      return;
    } catch (error) {
      const canGoOn = isFailure(error, 'unavailable', 'resource-exhausted') && Boolean(next.cursor);
      if (!canGoOn || Date.now() - (brokenAt ?? Date.now()) > patience) throw error;
      if (brokenAt === undefined) note('lost the connection, trying again');
      brokenAt ??= Date.now();
      await sleep(pause);
    }
  }
}

function describeCut({ first, dropped }: EventsResponse_Cut): string {
  const what = dropped > 0n ? `${dropped} events are` : 'some events are';
  const rest = first > 0n ? `what there is begins at ${formatTimeNano(first)}` : 'nothing is left';
  return `${what} not in the log any more: ${rest}`;
}
