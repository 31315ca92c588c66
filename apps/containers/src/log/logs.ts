import { setTimeout as after } from 'node:timers';
import { failedPrecondition, invalidArgument } from '@arcbox/errors';
import { type Container, isRunning } from '../record/container.ts';
import type { Containers } from '../record/containers.ts';
import { EntryJoiner, type Entry } from './entries.ts';
import type { StreamName } from './line.ts';
import { caughtUp, type Following, readPieces } from './read.ts';
import { LastEntries } from './tail.ts';
import type { Places } from '../record/places.ts';

export interface LogsDeps {
  readonly containers: Containers;
  readonly places: Places;
}

export interface LogQuery {
  readonly follow: boolean;
  readonly streams: ReadonlySet<StreamName>;
  /** Unix nanoseconds; undefined is no bound. */
  readonly since?: bigint;
  readonly until?: bigint;
  /** Only this many of the last; undefined is all. */
  readonly tail?: number;
}

/** `all` (also if empty) or a number. */
export function parseTail(text: string): number | undefined {
  if (text === '' || text === 'all') return undefined;
  if (!/^\d{1,15}$/.test(text)) throw invalidArgument(`tail must be a number or "all", not ${text}`);
  return Number(text);
}

/** What a container has written, a line an entry; those together that are there at once. */
export async function* readLogs(
  { containers, places }: LogsDeps,
  reference: string,
  query: LogQuery,
  signal: AbortSignal,
): AsyncGenerator<readonly Entry[], void, undefined> {
  const container = containers.find(reference);
  requireLog(container);
  const source = { path: places.logFile(container.id), maxFiles: container.config.logs.maxFiles };
  const following = query.follow ? followingOf(containers, container, query.until, signal) : undefined;
  const joiner = new EntryJoiner();
  let last = query.tail === undefined ? undefined : new LastEntries(query.tail);
  for await (const pieces of readPieces(source, following)) {
    if (pieces === caughtUp) {
      if (last) yield last.take();
      last = undefined;
      continue;
    }
    const entries = joiner.push(pieces).filter((entry) => matches(entry, query));
    if (last) for (const entry of entries) last.push(entry);
    else if (entries.length > 0) yield entries;
  }
  const rest = [...joiner.end()].filter((entry) => matches(entry, query));
  for (const entry of rest) last?.push(entry);
  yield last ? last.take() : rest;
}

/** FAILED_PRECONDITION when its output is not kept. */
export function requireLog({ name, config }: Container): void {
  if (config.logs.driver === 'none') throw failedPrecondition(`container ${name} keeps no log: its log driver is none`);
}

function matches({ stream, time }: Entry, { streams, since, until }: LogQuery): boolean {
  return streams.has(stream) && (since === undefined || time >= since) && (until === undefined || time < until);
}

function followingOf(
  containers: Containers,
  { id }: Container,
  until: bigint | undefined,
  signal: AbortSignal,
): Following {
  const last = until === undefined ? Infinity : Number(until / 1_000_000n);
  return {
    signal,
    ended: () => Date.now() >= last || !isWriting(containers.get(id)),
    onEnd: (wake, stop) => {
      if (last !== Infinity) wakeAt(last, wake, stop);
      containers.changes.until(id, () => (isWriting(containers.get(id)) ? undefined : true), stop).then(wake, () => {});
    },
  };
}

/** More output may come. */
function isWriting(container: Container | undefined): boolean {
  return container !== undefined && (isRunning(container) || container.status.starting === true);
}

/** Longest delay of a timer; milliseconds. */
const maxDelay = 2 ** 31 - 1;

function wakeAt(time: number, wake: () => void, stop: AbortSignal): void {
  const timer = after(wake, Math.min(Math.max(time - Date.now(), 0), maxDelay));
  timer.unref();
  stop.addEventListener('abort', () => clearTimeout(timer), { once: true });
}
