import type { Readable } from 'node:stream';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';

export interface ExecOutput {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Buffer;
}

/** Who has the other end may have left it to a process of the background: silence after the end is enough. Milliseconds. */
const silence = 100;

/**
 * What a process writes, as it comes, at the pace of the reader. Ends when its
 * streams do, or, some time after `ended`, when nothing more comes.
 */
export async function* readOutputs(
  sources: readonly { readonly stream: ExecOutput['stream']; readonly from: Readable }[],
  ended: Promise<unknown>,
): AsyncGenerator<ExecOutput, void, undefined> {
  const open = new Set(sources);
  const state = { isOver: false };
  let wake = (): void => {};
  void ended.then(() => {
    state.isOver = true;
    wake();
  });
  for (const source of sources) {
    const { from } = source;
    const close = (): void => {
      open.delete(source);
      wake();
    };
    from.on('readable', () => wake());
    from.once('end', close).once('close', close);
    // A terminal whose last user has gone answers EIO.
    from.on('error', close);
  }
  for (;;) {
    const woken = new Promise<void>((resolve) => (wake = resolve));
    const found = sources.flatMap(({ stream, from }) => {
      const bytes = from.read() as Buffer | null;
      return bytes ? [{ stream, bytes }] : [];
    });
    yield* found;
    if (found.length > 0) continue;
    if (open.size === 0) return;
    if (!state.isOver) await woken;
    else if (await isSilent(woken)) return;
  }
}

async function isSilent(woken: Promise<void>): Promise<boolean> {
  const state = { isWoken: false };
  const waking = woken.then(() => (state.isWoken = true));
  const patience = new AbortController();
  await Promise.race([sleep(silence, undefined, { signal: patience.signal }).catch(() => {}), waking]);
  patience.abort();
  // After a time without the processor, timers come first: what has been written meanwhile is read only now.
  if (!state.isWoken) await setImmediate();
  return !state.isWoken;
}
