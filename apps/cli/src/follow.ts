import { unavailable } from '@arcbox/errors';
import { type AttachmentOptions, openAttachment } from './attachment.ts';
import type { Engine } from './connection.ts';
import { isFailure } from './failure.ts';
import { catchSignals } from './signals.ts';
import { rawTerminal } from './terminal.ts';

export interface FollowOptions extends AttachmentOptions {
  /** Pass signals on to the container. */
  readonly signals: boolean;
  /** It goes away when it ends, so the end is its removal. */
  readonly autoRemove: boolean;
  /** Starts it, once nothing that it prints can be missed; nothing to do where it runs already. */
  start(): Promise<void>;
}

/**
 * Lives through the run of a container: its output on ours, our input and
 * signals to it. Resolves with its exit code, 0 when the user detached.
 */
export async function followContainer(engine: Engine, id: string, options: FollowOptions): Promise<number> {
  const leaving = new AbortController();
  // Waiting begins before the start, for a container that is gone before we look again.
  const early = exitCode(engine, id, options.autoRemove ? 'removed' : 'next-exit', leaving.signal);
  early.catch(() => {});
  try {
    using attachment = openAttachment(engine, id, options);
    await attachment.opened;
    using _signals = options.signals ? catchSignals((signal) => void passOn(engine, id, signal)) : undefined;
    // Before the start: the first thing that the program writes goes to the screen as it is.
    using _raw = options.tty && options.stdin ? rawTerminal() : undefined;
    await options.start();
    attachment.feed();
    return await attachment.closed
      .then((how) => (how === 'detached' ? 0 : codeAtEnd(engine, id, { early, options, signal: leaving.signal })))
      .catch((error: unknown) => {
        throw isFailure(error, 'unavailable')
          ? unavailable(`lost the connection, ${id.slice(0, 12)} goes on`, error)
          : error;
      });
  } finally {
    leaving.abort();
  }
}

/** The output has ended. What began to wait before the start may have been too late to see an exit, so it is asked anew. */
async function codeAtEnd(
  engine: Engine,
  id: string,
  { early, options, signal }: { early: Promise<number>; options: FollowOptions; signal: AbortSignal },
): Promise<number> {
  if (options.autoRemove) return early;
  const late = exitCode(engine, id, 'not-running', signal);
  // Somebody may have removed it by now; then only the early one knows.
  return Promise.any([early, late]).catch(() => late);
}

async function exitCode(engine: Engine, id: string, condition: string, signal: AbortSignal): Promise<number> {
  const { statusCode } = await engine.containers.wait({ id, condition }, { signal, deadline: Infinity });
  return Number(statusCode);
}

async function passOn(engine: Engine, id: string, signal: NodeJS.Signals): Promise<void> {
  // A container that has ended in the meantime needs no signal.
  await engine.containers.kill({ id, signal }).catch(() => {});
}
