import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';
import type { Answer } from './answer.ts';

const requestIdHeader = 'x-request-id';

/** Names and values of a worker's answer as they go to the client, always with the id of the request. */
export function responseHead(raw: string[], requestId: string): string[] {
  for (let i = 0; i < raw.length; i += 2) if (raw[i] === requestIdHeader) return raw;
  return [...raw, requestIdHeader, requestId];
}

/** The status in an answer that consists of its head alone. */
export function statusOf(raw: readonly string[]): Answer {
  const code = raw[raw.indexOf('grpc-status') + 1];
  return { code: raw.includes('grpc-status') ? Number(code) : 2, message: '' };
}

/**
 * Trailers of a worker's answer as they go to the client. Node joins the values
 * of a name that comes several times; `raw` (names and values in turn) still
 * has them one by one.
 */
export function passOn(joined: IncomingHttpHeaders, raw: readonly string[]): OutgoingHttpHeaders {
  if (raw.length / 2 === Object.keys(joined).length) return joined;
  const values = new Map<string, string[]>();
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    values.set(name, [...(values.get(name) ?? []), raw[i + 1] as string]);
  }
  const result: OutgoingHttpHeaders = {};
  // A name that may stand only once was not joined: its first value counts.
  for (const [name, all] of values) result[name] = joined[name] === all[0] ? all[0] : all;
  return result;
}
