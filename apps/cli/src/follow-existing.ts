import { invalidArgument } from '@arcbox/errors';
import type { Engine } from './connection.ts';
import { parseDetachKeys } from './detach-keys.ts';
import { followContainer } from './follow.ts';
import { startContainer } from './start-container.ts';

export interface AttachedOptions {
  interactive?: boolean;
  detachKeys?: string;
  sigProxy?: boolean;
}

/** Follows a container that exists, starting it first with `start`. Resolves with its exit code. */
export async function followExisting(
  engine: Engine,
  id: string,
  start: boolean,
  options: AttachedOptions,
): Promise<number> {
  const { config, state } = await engine.containers.inspect({ id });
  const tty = config?.tty ?? false;
  const stdin = (options.interactive ?? false) && (config?.openStdin ?? false);
  if (!start && !state?.running) throw invalidArgument(`${id} does not run; arcbox start -a ${id} starts it`);
  if (tty && stdin && !process.stdin.isTTY) throw invalidArgument('the input device is not a TTY');
  return followContainer(engine, id, {
    tty,
    stdin,
    shown: ['stdout', 'stderr'],
    detachKeys: tty && stdin ? parseDetachKeys(options.detachKeys ?? 'ctrl-p,ctrl-q') : [],
    signals: options.sigProxy ?? true,
    autoRemove: false,
    start: async () => {
      if (start) await startContainer(engine, id);
    },
  });
}
