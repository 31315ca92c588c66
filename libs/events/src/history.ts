import { setTimeout as sleep } from 'node:timers/promises';
import { failedPrecondition } from '@arcbox/errors';
import type { Event } from '@arcbox/proto/arcbox/v1/api';
import type { JetStreamManager, StoredMsg } from 'nats';
import type { Bus } from './bus.ts';
import { isSameId, type Place } from './cursor.ts';
import { isMissing } from './is-missing.ts';
import { type Cut, type LogEntry, LoggedMessage } from './log-entry.ts';
import { type LogState, stateOf } from './log-state.ts';
import { Sieve } from './sieve.ts';
import { ensureStream } from './stream.ts';
import { eventStream } from './subjects.ts';
import { type Start, tail } from './tail.ts';
import { decodeEvent } from './wire.ts';

/** What is read of the history. */
export interface HistoryPart {
  readonly start: Start;
  /** A pattern of subjects; absent for all. */
  readonly subjects?: string;
  readonly wants?: (event: Event) => boolean;
  /** What is wanted has one of them in it. */
  readonly texts?: readonly string[];
  readonly signal: AbortSignal;
}

/** After so many events of a part of the log we look whether it was cut meanwhile. */
const lookAgainAfter = 1_000;

/** The log as it was at one moment, and the way to ask more of it. */
export interface Look {
  readonly manager: JetStreamManager;
  readonly state: LogState;
}

/** A part of the log up to where it ended at `look`; last of all how far that was. Cuts that overtake the reader are told. */
export async function* history(
  bus: Bus,
  { state: { log, last } }: Look,
  { start, subjects, wants, texts, signal }: HistoryPart,
): AsyncGenerator<readonly LogEntry[], void, undefined> {
  const sieve = new Sieve(wants, texts);
  let position = 'seq' in start ? start.seq - 1 : undefined;
  let [checked, read] = [position, 0];
  /** Of a part of the log only the server knows whether what lies between two events was asked for. */
  const overtaken = async (): Promise<LogEntry[]> => {
    const now = await lookAgain(bus, signal);
    const isBehind = checked !== undefined && now?.state.log === log && now.state.first > checked + 1;
    // What has been told is not told again while the reader comes there.
    checked = isBehind ? Math.max(now.state.first - 1, position ?? 0) : Math.max(checked ?? 0, position ?? 0);
    return isBehind ? [{ log, seq: position ?? 0, cut: await cutAt(now, 0) }] : [];
  };
  for await (const messages of tail(bus, { start, last, subjects, log, signal })) {
    const told: LogEntry[] = [];
    const now = performance.now();
    for (const message of messages) {
      const entry = new LoggedMessage(message, log);
      const dropped = subjects === undefined && position !== undefined ? entry.seq - position - 1 : 0;
      if (dropped > 0) told.push({ log, seq: entry.seq - 1, cut: { first: entry.event?.timeNano ?? 0n, dropped } });
      position = entry.seq;
      checked ??= position - 1;
      const passed = sieve.pass(entry, now);
      if (passed) told.push(passed);
    }
    if (subjects !== undefined && (read += messages.length) >= lookAgainAfter) {
      read = 0;
      told.push(...(await overtaken()));
    }
    if (told.length > 0) yield told;
  }
  if (signal.aborted) return;
  const rest = subjects === undefined ? [] : await overtaken();
  if ((position ?? 0) < last) {
    // Without subjects all up to the end was to come; after a time there need not have been any.
    const now = subjects === undefined && position !== undefined ? await lookAgain(bus, signal) : undefined;
    rest.push({ log, seq: last, ...(now ? { cut: await cutAt(now, last - (position ?? 0)) } : {}) });
  }
  if (rest.length > 0) yield rest;
}

/** The log now, however long the bus is away; undefined when `signal` aborts. */
export async function lookAgain(bus: Bus, signal: AbortSignal): Promise<Look | undefined> {
  while (!signal.aborted) {
    try {
      const manager = await ensureStream(await bus.whenConnected(signal));
      return { manager, state: stateOf(await manager.streams.info(eventStream)) };
    } catch {
      // The bus has just gone, or the reader has.
      await sleep(200, undefined, { signal }).catch(() => {});
    }
  }
  return undefined;
}

/** What of a start lies before the log as it is now; undefined when nothing does. */
export async function cutBefore(start: Start, look: Look): Promise<Cut | undefined> {
  const { state } = look;
  if ('seq' in start) return start.seq < state.first ? cutAt(look, state.first - start.seq) : undefined;
  const isWhole = state.first === 1 || (state.firstTaken !== undefined && state.firstTaken <= start.time.getTime());
  return isWhole ? undefined : cutAt(look, 0);
}

async function cutAt(look: Look, dropped: number): Promise<Cut> {
  return { first: await firstTime(look), dropped };
}

/** Time of the first event; 0 when there is none. */
export async function firstTime({ manager, state }: Look): Promise<bigint> {
  const message = await messageAt(manager, state.first);
  return (message && decodeEvent(message.data)?.timeNano) ?? 0n;
}

/** FAILED_PRECONDITION when the log is not the one in which somebody has read up to `place`. */
export async function checkPlace({ log, seq, id }: Place, { manager, state }: Look): Promise<void> {
  if (log !== state.log) throw failedPrecondition('the cursor is of another event log than the present one');
  const message = id === undefined || seq > state.last ? undefined : await messageAt(manager, seq);
  const isOther = message !== undefined && id !== undefined && !isSameId(message.header?.get('ce-id'), id);
  if (seq > state.last || isOther) throw failedPrecondition('the event log has lost its end, which this cursor has seen');
}

/** The message at a place in the stream; undefined when there is none. */
export async function messageAt(manager: JetStreamManager, seq: number): Promise<StoredMsg | undefined> {
  try {
    return await manager.streams.getMessage(eventStream, { seq });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
