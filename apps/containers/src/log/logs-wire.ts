import type { LogPiece, ReadLogsRequest } from '@arcbox/proto/arcbox/engine/v1/container';
import type { LogEntry, LogsRequest } from '@arcbox/proto/arcbox/v1/container';
import { formatNano } from '../record/time.ts';
import type { Entry } from './entries.ts';
import type { StreamName } from './line.ts';
import { type LogQuery, parseTail } from './logs.ts';
import { type Output, OutputJoiner } from './output-joiner.ts';

const second = 1_000_000_000n;

/** Of a request with Unix seconds. */
export function toLogQuery({ since, until, ...rest }: LogsRequest): LogQuery {
  return toQuery({ ...rest, since: since * second, until: until * second });
}

/** Of a request with Unix nanoseconds. */
export function toReadLogsQuery(request: ReadLogsRequest): LogQuery {
  return toQuery(request);
}

function toQuery({ follow, stdout, stderr, since, until, tail }: Omit<ReadLogsRequest, 'id' | 'times'>): LogQuery {
  const both = !stdout && !stderr;
  const streams = new Set<StreamName>([...(stdout || both ? ['stdout' as const] : []), ...(stderr || both ? ['stderr' as const] : [])]);
  return { follow, streams, since: since || undefined, until: until || undefined, tail: parseTail(tail) };
}

/** With `timestamps`, the time also stands before the line, as Docker writes it. */
export function toLogEntry({ stream, time, bytes }: Entry, timestamps: boolean): LogEntry {
  const message = timestamps ? Buffer.concat([Buffer.from(`${formatNano(time)} `), bytes]) : bytes;
  return { stream, message, timestamp: { seconds: time / second, nanos: Number(time % second) } };
}

/** Each entry for itself with its time, or as few pieces as they make without. */
export function toLogPieces(entries: readonly Entry[], times: boolean): LogPiece[] {
  if (times) return entries.map(({ stream, time, bytes }) => ({ stderr: stream === 'stderr', data: bytes, time }));
  return [...joined(entries)].map(({ stream, bytes }) => ({ stderr: stream === 'stderr', data: bytes, time: 0n }));
}

function* joined(entries: readonly Entry[]): Generator<Output, void, undefined> {
  const joiner = new OutputJoiner();
  for (const entry of entries) {
    const output = joiner.push(entry);
    if (output) yield output;
  }
  const rest = joiner.take();
  if (rest) yield rest;
}
