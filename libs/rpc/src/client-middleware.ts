import { type CallOptions, ClientError, type ClientMiddleware, type ClientMiddlewareCall, Metadata, Status } from 'nice-grpc-common';
import { currentRequestId } from './request-scope.ts';

/**
 * For calls to another worker: they carry the id of the request that they are
 * made for, and a connection that breaks or a time that is over is told in
 * words for people instead of the library's.
 */
export function workerCallMiddleware(worker: string): ClientMiddleware {
  return async function* <Request, Response>(call: ClientMiddlewareCall<Request, Response>, options: CallOptions) {
    let hasAnswered = false;
    const onHeader: CallOptions['onHeader'] = (header) => {
      hasAnswered = true;
      options.onHeader?.(header);
    };
    try {
      return yield* call.next(call.request, { ...options, metadata: withRequestId(options.metadata), onHeader });
    } catch (error) {
      // A worker that answers always sends headers first; the rest comes from this side.
      if (hasAnswered || !(error instanceof ClientError)) throw error;
      throw inWords(error, worker);
    }
  };
}

function inWords({ path, code, details }: ClientError, worker: string): ClientError {
  if (code === Status.UNAVAILABLE) return new ClientError(path, code, `the ${worker} worker went away during the call`);
  if (code === Status.DEADLINE_EXCEEDED) return new ClientError(path, code, `the ${worker} worker did not answer in time`);
  return new ClientError(path, code, details);
}

function withRequestId(given: Metadata | undefined): Metadata {
  const metadata = Metadata(given);
  const requestId = currentRequestId();
  if (requestId !== undefined && !metadata.has('x-request-id')) metadata.set('x-request-id', requestId);
  return metadata;
}
