import type { Logger } from '@arcbox/log';
import type { CallContext as NiceCallContext } from 'nice-grpc-common';

/** What a handler knows of its call beyond the request. */
export interface CallFields {
  /** Made by the gateway when the client sent none; in every log line of the call. */
  readonly requestId: string;
  readonly log: Logger;
}

/** `signal` aborts when the client cancels, the deadline passes or the worker stops. */
export type CallContext = NiceCallContext & CallFields;

/** Shape of the verbs behind a service. */
export type Handler<Request, Response> = (request: Request, context: CallContext) => Promise<Response>;
