import type { EventRetention } from '@arcbox/config';
import { millis, type StreamInfo } from 'nats';
import { logOf } from './log-identity.ts';

/** What the log is, and what it holds now. */
export interface LogState {
  /** Tells this log from another one that takes its place: 12 hex digits. */
  readonly log: string;
  /** Sequence of the first event that is still there; one after the last when there is none. */
  readonly first: number;
  /** Sequence of the last event that ever was there; 0 before the first. */
  readonly last: number;
  readonly events: number;
  readonly bytes: number;
  /** When it took the first event that is still there; Unix milliseconds, undefined when there is none. */
  readonly firstTaken: number | undefined;
  readonly retention: EventRetention;
}

export function stateOf(info: StreamInfo): LogState {
  const { config, state } = info;
  return {
    log: logOf(info),
    first: Math.max(state.first_seq, 1),
    last: state.last_seq,
    events: state.messages,
    bytes: state.bytes,
    firstTaken: state.messages === 0 ? undefined : Date.parse(String(state.first_ts)),
    retention: { maxAge: millis(config.max_age), maxBytes: config.max_bytes },
  };
}
