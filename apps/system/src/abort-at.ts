/** setTimeout counts in 32 bits. */
const longest = 2 ** 31 - 1;

/** A signal that aborts with `outer`, and at `time` (Unix milliseconds) when one is given. Dispose it to stop waiting. */
export function abortAt(time: number | undefined, outer: AbortSignal): Disposable & { readonly signal: AbortSignal } {
  const own = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const wait = (until: number): void => {
    const left = until - Date.now();
    if (left <= 0) own.abort();
    else timer = setTimeout(wait, Math.min(left, longest), until);
  };
  if (time !== undefined) wait(time);
  return { signal: AbortSignal.any([outer, own.signal]), [Symbol.dispose]: () => clearTimeout(timer) };
}
