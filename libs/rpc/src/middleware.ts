import { setImmediate as macrotask, setTimeout as sleep } from 'node:timers/promises';
import { cancelled, EngineError, fromSystemError, isKind, statusOfKind, unavailable } from '@arcbox/errors';
import type { Logger } from '@arcbox/log';
import { enterRequest, requestHeaders, type RequestScope, traceIdOf } from '@arcbox/request';
import {
  type CallContext as NiceCallContext,
  ServerError,
  type ServerMiddleware,
  type ServerMiddlewareCall,
  Status,
} from 'nice-grpc-common';
import { beginCall } from './begin-call.ts';
import { callSignal } from './call-signal.ts';
import type { CallContext, CallFields } from './context.ts';
import { fromRpcError } from './remote-error.ts';
import { statusMessage } from './status-message.ts';
import { starting } from './starting.ts';

/** Gives the call its id and its logger, ends it when the worker stops, and turns errors into statuses. */
export function callMiddleware(options: { log: Logger; stopping: AbortSignal }): ServerMiddleware<CallFields> {
  return async function* <Request, Response>(
    call: ServerMiddlewareCall<Request, Response, CallFields>,
    context: NiceCallContext,
  ) {
    const { request, ended } = beginCall(call, context.metadata);
    enterRequest(request);
    const { requestId } = request;
    context.header.set(requestHeaders.requestId, requestId);
    using either = callSignal(context.signal, options.stopping);
    const { signal } = either;
    const inner = Object.defineProperty(Object.assign(Object.create(context) as NiceCallContext, { requestId, signal }), 'log', {
      get: once(() => loggerOf(options.log, call.method.path, request)),
    }) as CallContext;
    // Of a reader who leaves a stream there is no other word than that this ends.
    let end: { code: Status; details?: string } = { code: Status.CANCELLED };
    try {
      // Clients of a stream learn at once that it is open, also when there is nothing to say yet.
      if (call.responseStream) context.sendHeader();
      const next = call.requestStream ? wholeInput(call.request, context.signal) : call.request;
      const response = yield* call.next(next as never, inner);
      end = { code: Status.OK };
      return response;
    } catch (error) {
      const told = toServerError(error, inner, options.stopping);
      end = told instanceof ServerError ? told : { code: Status.UNKNOWN };
      throw told;
    } finally {
      ended(end.code, end.details);
    }
  };
}

/** Most calls log nothing: a logger is made for those that do. */
function loggerOf(log: Logger, method: string, { requestId, client, traceparent = '' }: RequestScope): Logger {
  return log.child({ requestId, method, client, trace: traceIdOf(traceparent) });
}

function once<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

/**
 * How long an end of input may turn out to be a cancellation, in milliseconds. Node's HTTP/2 ends a stream before it
 * resets it, in a write of its own: between processes a few milliseconds lie between the two.
 */
const doubt = 50;

/** A client that cancels looks, for a moment, like one that has finished: the input just ends. */
async function* wholeInput<T>(input: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T, void, undefined> {
  yield* input;
  await sleep(doubt, undefined, { signal }).catch(() => {});
  // Where this process was held up, the timer comes before what was to be read meanwhile.
  for (let turn = 0; turn < 2; turn++) await macrotask();
  if (signal.aborted) throw cancelled('the client cancelled the call');
}

function toServerError(error: unknown, context: CallContext, stopping: AbortSignal): unknown {
  if (error instanceof ServerError) return error;
  const known = fromSystemError(fromRpcError(error), 'the engine');
  if (stopping.aborted && isKind(known, 'cancelled')) return ofEngine(unavailable('the worker is stopping'));
  if (isKind(known, 'internal') || !(known instanceof EngineError)) {
    if (context.signal.aborted) return ofEngine(stopping.aborted ? unavailable('the worker is stopping') : cancelled('the call was cancelled'));
    context.log.error({ error }, 'call failed');
    return new ServerError(13, `internal error (request ${context.requestId})`);
  }
  context.log.debug({ error: known }, 'call refused');
  return ofEngine(known);
}

function ofEngine(error: EngineError): ServerError {
  return new ServerError(statusOfKind(error.kind), statusMessage(error.message));
}

/** Answers UNAVAILABLE until the worker has recovered. */
export function gateMiddleware(worker: string, isReady: () => boolean): ServerMiddleware {
  return (call, context) => {
    if (!isReady()) throw unavailable(starting(worker));
    return call.next(call.request as never, context);
  };
}
