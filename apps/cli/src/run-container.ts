import type { Engine } from './connection.ts';
import type { ContainerOptions, ContainerWish } from './container-options.ts';
import { createContainer } from './create-container.ts';
import { parseDetachKeys } from './detach-keys.ts';
import { Exit, exitCodes } from './exit.ts';
import { followContainer } from './follow.ts';
import { print } from './output.ts';
import { catchSignals } from './signals.ts';
import { startContainer } from './start-container.ts';

export interface RunOptions extends ContainerOptions {
  detach?: boolean;
  detachKeys: string;
  sigProxy: boolean;
}

/** Creates, starts and, unless detached, follows a container. Resolves with the exit code for us. */
export async function runContainer(engine: Engine, request: ContainerWish, options: RunOptions): Promise<number> {
  const tty = options.tty ?? false;
  // As docker has it: -a chooses what is shown, -i is enough for the input.
  const stdin = (options.interactive || options.attach?.includes('stdin')) ?? false;
  const shown = (options.attach ?? ['stdout', 'stderr']).filter((stream) => stream !== 'stdin');
  if (options.attach && options.detach) {
    throw new Exit(exitCodes.failed, '--attach and --detach exclude each other');
  }
  if (tty && stdin && !options.detach && !process.stdin.isTTY) {
    throw new Exit(exitCodes.failed, 'the input device is not a TTY');
  }
  const id = await createInterruptibly(engine, request, options);
  try {
    if (!options.detach) {
      // Without any output of the container, its id is what there is to say.
      if (shown.length === 0) await print(id);
      return await followContainer(engine, id, {
        tty,
        stdin,
        shown,
        detachKeys: tty && stdin ? parseDetachKeys(options.detachKeys) : [],
        signals: options.sigProxy,
        autoRemove: request.autoRemove,
        start: () => startContainer(engine, id),
      });
    }
    await startContainer(engine, id);
  } catch (error) {
    if (request.autoRemove) await removeUnlessRunning(engine, id);
    throw error;
  }
  await print(id);
  return 0;
}

/** Ctrl-C before there is a container ends us at once, and leaves none behind. */
async function createInterruptibly(engine: Engine, request: ContainerWish, options: RunOptions): Promise<string> {
  const interrupted = new AbortController();
  using _signals = catchSignals(() => interrupted.abort());
  try {
    return await createContainer(engine, request, options, interrupted.signal);
  } catch (error) {
    throw interrupted.signal.aborted ? new Exit(exitCodes.interrupted) : error;
  }
}

/** What did not start goes away as it would have at its end; what runs is none of ours any more. */
async function removeUnlessRunning(engine: Engine, id: string): Promise<void> {
  await engine.containers.remove({ id, force: false, volumes: true }).catch(() => {});
}
