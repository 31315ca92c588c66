import { AsyncLocalStorage } from 'node:async_hooks';

const scope = new AsyncLocalStorage<string>();

/** From here on, whatever the present call does and awaits is done under this request id. */
export function enterRequest(requestId: string): void {
  scope.enterWith(requestId);
}

/** Id of the request that is being served; undefined outside a call. */
export function currentRequestId(): string | undefined {
  return scope.getStore();
}
