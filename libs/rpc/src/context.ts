import type { Logger } from '@arcbox/log';
import type { CallContext as NiceCallContext } from 'nice-grpc-common';

/** What a handler knows of its call beyond the request. */
export interface CallFields {
  /** Made by the gateway when the client sent none; in every log line of the call. */
  readonly requestId: string;
  readonly log: Logger;
  /** Present when the client has sent an idempotency key. */
  readonly keyed?: KeyedCall;
}

/** A call that comes again when its worker has died in the middle of it. */
export interface KeyedCall {
  /** The same at every attempt, another for every method. */
  readonly key: string;
  /** Remembers the answer. Called in the transaction that does the work: then either both are there or neither. */
  keep(response: unknown): void;
}

/** `signal` aborts when the client cancels, the deadline passes or the worker stops. */
export type CallContext = NiceCallContext & CallFields;

/** Shape of the verbs behind a service. */
export type Handler<Request, Response> = (request: Request, context: CallContext) => Promise<Response>;
