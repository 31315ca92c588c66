import { AsyncLocalStorage } from 'node:async_hooks';

/** The request of a client that something is done for. */
export interface RequestScope {
  /** Printable ASCII, 128 characters at most. */
  readonly requestId: string;
  /** What the client called, whichever worker is at it: `/arcbox.v1.ContainerService/Stop`. */
  readonly method: string;
  /** `uid=0 pid=42 gid=0`, `cn=name`, `address=10.0.0.1`; `worker=images-0` when no client asked; empty when not known. */
  readonly client: string;
  /** W3C Trace Context. */
  readonly traceparent?: string;
  readonly tracestate?: string;
}

const scope = new AsyncLocalStorage<RequestScope | undefined>();

/** From here on, whatever the present call does and awaits is done for this request. */
export function enterRequest(request: RequestScope): void {
  scope.enterWith(request);
}

/** The request that is being served; undefined outside a call. */
export function currentRequest(): RequestScope | undefined {
  return scope.getStore();
}

/** The same, if a client asked for it: a worker that calls another of its own accord is nobody's cause. */
export function currentCause(): RequestScope | undefined {
  const request = scope.getStore();
  return request?.client.startsWith('worker=') ? undefined : request;
}

/** Does `work`, and what it begins, for no request: for what outlives the call that happened to begin it. */
export function outsideRequest<R>(work: () => R): R {
  return scope.run(undefined, work);
}

/** Does `work`, and what it begins, for `request`, whichever is served here: for what follows later from an earlier one. */
export function forRequest<R>(request: RequestScope | undefined, work: () => R): R {
  return scope.run(request, work);
}
