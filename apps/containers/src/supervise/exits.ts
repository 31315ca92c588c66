import { mkdirSync, watch } from 'node:fs';
import type { Logger } from '@arcbox/log';

/** Rings when conmon has noted the end of a container in `directory`; disposing ends that. Where nothing can be watched, the patrol alone looks. */
export function watchExits(directory: string, log: Logger, ring: (id: string) => void): Disposable {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const hear = (name: string): void => {
    try {
      ring(name);
    } catch (error) {
      log.error({ error, id: name }, 'an end could not be noted');
    }
  };
  const warn = (error: unknown): void => log.warn({ error }, 'watching for exits failed: they are noted later');
  try {
    // conmon writes under a temporary name and renames.
    const watcher = watch(directory, (_, name) => name && /^[0-9a-f]{64}$/.test(name) && hear(name));
    watcher.on('error', warn);
    return { [Symbol.dispose]: () => watcher.close() };
  } catch (error) {
    // Containers of the same user may have taken all that the kernel gives it.
    warn(error);
    return { [Symbol.dispose]: () => {} };
  }
}
