import { dataLoss, EngineError, isKind, messageOf } from '@arcbox/errors';
import { pulledBytes } from '../image-metrics.ts';
import type { Descriptor } from '../image/manifest.ts';
import { discard } from './body.ts';
import { connectionError } from './connection-error.ts';
import { headerOf } from './redirect.ts';
import type { RemoteRepository } from './repository.ts';
import { tellAlong } from './tell-along.ts';
import { briefly, pauseBefore, type RetryPolicy, TransientError } from './transient.ts';
import type { HttpAnswer } from './transport.ts';

/** A host that has a blob. */
export interface BlobPlace {
  /** For messages. */
  readonly name: string;
  /** The answer is 200 (all of it) or 206 (the range that the headers ask for). */
  open(headers: Record<string, string>, signal: AbortSignal): Promise<HttpAnswer>;
  /** The body of such an answer. */
  chunks(answer: HttpAnswer): AsyncIterable<Buffer>;
}

/** A connection that brought so much was of use: the tries count anew; bytes. */
const progress = 64 * 1024;

/**
 * The bytes of a blob from `offset` on. A connection that breaks is taken up
 * where it broke, by the next place when this one has had its tries. Ends after
 * exactly `size` bytes, or with an error.
 */
export async function* downloadBlob(
  repository: RemoteRepository,
  blob: Descriptor,
  { offset, signal }: { offset: number; signal: AbortSignal },
): AsyncGenerator<Buffer, void, undefined> {
  const places = repository.placesOf(blob);
  const failures: string[] = [];
  let at = offset;
  for (const [index, place] of places.entries()) {
    const isLast = index === places.length - 1;
    const retries = isLast ? repository.retries : briefly(repository.retries);
    try {
      repository.noteAsked(blob, place);
      for await (const chunk of downloadFrom(place, blob, { offset: at, retries, signal })) {
        at += chunk.length;
        yield chunk;
      }
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (isLast || !(error instanceof EngineError)) throw tellAlong(error, failures);
      failures.push(`${place.name}: ${messageOf(error)}`);
      repository.noteFailure(place, error);
    }
  }
}

async function* downloadFrom(
  place: BlobPlace,
  { digest, size }: Descriptor,
  { offset, retries, signal }: { offset: number; retries: RetryPolicy; signal: AbortSignal },
): AsyncGenerator<Buffer, void, undefined> {
  let at = offset;
  for (let attempt = 1; at < size; attempt++) {
    const began = at;
    try {
      const headers: Record<string, string> = { 'accept-encoding': 'identity' };
      if (at > 0) headers['range'] = `bytes=${at}-`;
      const answer = await place.open(headers, signal);
      for await (const chunk of remainder(place, answer, at)) {
        at += chunk.length;
        pulledBytes.add(chunk.length);
        if (at > size) throw dataLoss(`layer ${digest}: the registry sends more than the ${size} bytes announced`);
        yield chunk;
      }
      if (at < size) throw new TransientError(dataLoss(`layer ${digest}: cut off after ${at} of ${size} bytes`));
    } catch (error) {
      signal.throwIfAborted();
      const failure = connectionError(error, place.name);
      if (at - began >= progress) attempt = 1;
      // Once something has arrived, the registry is only restarting.
      await pauseBefore(retries, attempt, at > 0 ? patient(failure) : failure, signal);
    }
  }
}

/** The body from byte `offset` of the blob on, also from a registry that knows no ranges. */
async function* remainder(
  place: BlobPlace,
  answer: HttpAnswer,
  offset: number,
): AsyncGenerator<Buffer, void, undefined> {
  let skip = answer.statusCode === 206 ? 0 : offset;
  if (answer.statusCode === 206 && !headerOf(answer, 'content-range')?.startsWith(`bytes ${offset}-`)) {
    await discard(answer.body);
    throw new TransientError(dataLoss('the registry sent another range than was asked for'));
  }
  for await (const chunk of place.chunks(answer)) {
    if (skip < chunk.length) yield skip > 0 ? chunk.subarray(skip) : chunk;
    skip = Math.max(0, skip - chunk.length);
  }
}

function patient(error: Error): Error {
  return isKind(error, 'unavailable') ? new TransientError(error) : error;
}
