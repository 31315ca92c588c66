import { dataLoss, EngineError } from '@arcbox/errors';
import type { Descriptor } from '../manifest.ts';
import { discard } from './body.ts';
import { headerOf, type RemoteRepository } from './repository.ts';
import { pauseBefore, type RetryPolicy, TransientError } from './transient.ts';
import { connectionError, type HttpAnswer } from './transport.ts';

/**
 * The bytes of a blob from `offset` on. A connection that breaks is taken up
 * where it broke; the tries count anew whenever something has arrived. Ends
 * after exactly `size` bytes, or with an error.
 */
export async function* downloadBlob(
  repository: RemoteRepository,
  { digest, size }: Descriptor,
  options: { offset: number; retries: RetryPolicy; signal: AbortSignal },
): AsyncGenerator<Buffer, void, undefined> {
  const { retries, signal } = options;
  let offset = options.offset;
  for (let attempt = 1; offset < size; attempt++) {
    try {
      const answer = await repository.openBlob(digest, offset, signal);
      for await (const chunk of remainder(answer, offset)) {
        offset += chunk.length;
        if (offset > size) throw dataLoss(`layer ${digest}: the registry sends more than the ${size} bytes announced`);
        attempt = 1;
        yield chunk;
      }
      if (offset < size)
        throw new TransientError(dataLoss(`layer ${digest}: cut off after ${offset} of ${size} bytes`));
    } catch (error) {
      signal.throwIfAborted();
      const known = error instanceof EngineError || error instanceof TransientError;
      const failure = known ? error : connectionError(error, repository.host);
      // Once something has arrived, the registry is only restarting.
      await pauseBefore(retries, attempt, offset > 0 ? patient(failure) : failure, signal);
    }
  }
}

/** The body from byte `offset` of the blob on, also from a registry that knows no ranges. */
async function* remainder(answer: HttpAnswer, offset: number): AsyncGenerator<Buffer, void, undefined> {
  let skip = answer.statusCode === 206 ? 0 : offset;
  if (answer.statusCode === 206 && !headerOf(answer, 'content-range')?.startsWith(`bytes ${offset}-`)) {
    await discard(answer.body);
    throw new TransientError(dataLoss('the registry sent another range than was asked for'));
  }
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    if (skip < chunk.length) yield skip > 0 ? chunk.subarray(skip) : chunk;
    skip = Math.max(0, skip - chunk.length);
  }
}

function patient(error: Error): Error {
  return error instanceof EngineError && error.kind === 'unavailable' ? new TransientError(error) : error;
}
