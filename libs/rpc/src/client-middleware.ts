import { currentCause, currentRequest, requestHeaders, type RequestScope, type TraceContext, writeRequest } from '@arcbox/request';
import { beginCallSpan } from '@arcbox/tracing';
import { type CallOptions, ClientError, type ClientMiddleware, type ClientMiddlewareCall, Metadata, Status } from 'nice-grpc-common';
import { LostCall } from './lost-call.ts';

/**
 * For calls of worker `self` to another one: they carry the request that they
 * are made for, and a connection that breaks or a time that is over is told in
 * words for people instead of the library's. `isClosed` says whether no calls can be made on its connection any more.
 */
export function workerCallMiddleware(self: string, worker: string, isClosed: () => boolean): ClientMiddleware {
  return async function* <Request, Response>(call: ClientMiddlewareCall<Request, Response>, options: CallOptions) {
    const request = currentRequest();
    // What is done for nobody, or of a worker's own accord, is part of no trace.
    const cause = currentCause();
    const span = cause && beginCallSpan(call.method.path, 'client', contextOf(cause));
    let code: Status = Status.CANCELLED;
    let hasAnswered = false;
    const onHeader: CallOptions['onHeader'] = (header) => {
      hasAnswered = true;
      options.onHeader?.(header);
    };
    try {
      const metadata = withRequest(options.metadata, request && { ...request, ...span?.context }, self);
      const response = yield* call.next(call.request, { ...options, metadata, onHeader });
      code = Status.OK;
      return response;
    } catch (error) {
      if (error instanceof ClientError) code = error.code;
      // A worker that answers always sends headers first; the rest comes from this side, and so does an answer that is cut off.
      if (hasAnswered && !isCutOff(error)) throw error;
      if (!(error instanceof ClientError)) throw isClosed() && !options.signal?.aborted ? new LostCall(call.method.path, worker, true) : error;
      throw inWords(error, worker);
    } finally {
      span?.end(code);
    }
  };
}

/** The words of grpc-js for a connection that broke before the end of the answer (`subchannel-call.ts`). */
const isCutOff = (error: unknown): boolean =>
  error instanceof ClientError && error.code === Status.UNAVAILABLE && error.details === 'Connection dropped';

function inWords({ path, code, details }: ClientError, worker: string): ClientError {
  if (code === Status.UNAVAILABLE) return new LostCall(path, worker, false);
  if (code === Status.DEADLINE_EXCEEDED) return new ClientError(path, code, `the ${worker} worker did not answer in time`);
  return new ClientError(path, code, details);
}

function withRequest(given: Metadata | undefined, request: RequestScope | undefined, self: string): Metadata {
  const metadata = Metadata(given);
  if (request) writeRequest(request, (name, value) => metadata.set(name, value));
  else metadata.set(requestHeaders.client, `worker=${self}`);
  return metadata;
}

function contextOf({ traceparent, tracestate }: RequestScope): TraceContext | undefined {
  return traceparent === undefined ? undefined : { traceparent, tracestate };
}
