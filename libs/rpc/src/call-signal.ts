/** The signal of one call. Disposing it lets go of what it was made from. */
export interface CallSignal extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * Aborts with the call of the client or when the worker stops. Not
 * AbortSignal.any: that keeps a signal somebody has listened to for as long as
 * the process lives, when one of its sources does.
 */
export function callSignal(client: AbortSignal, stopping: AbortSignal): CallSignal {
  const either = new AbortController();
  const onClient = (): void => either.abort(client.reason);
  const onStopping = (): void => either.abort(stopping.reason);
  client.addEventListener('abort', onClient, { once: true });
  stopping.addEventListener('abort', onStopping, { once: true });
  if (client.aborted) onClient();
  if (stopping.aborted) onStopping();
  return {
    signal: either.signal,
    [Symbol.dispose]() {
      client.removeEventListener('abort', onClient);
      stopping.removeEventListener('abort', onStopping);
    },
  };
}
