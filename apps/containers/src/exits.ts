import { type FSWatcher, mkdirSync, watch } from 'node:fs';
import type { Logger } from '@arcbox/log';

/** Rings when conmon has noted the end of a container in `directory`; disposing ends that. */
export function watchExits(directory: string, log: Logger, ring: (id: string) => void): Disposable {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const watcher: FSWatcher = watch(directory, (_, name) => {
    // conmon writes under a temporary name and renames.
    if (!name || !/^[0-9a-f]{64}$/.test(name)) return;
    try {
      ring(name);
    } catch (error) {
      log.error({ error, id: name }, 'an end could not be noted');
    }
  });
  // The patrol looks as well, only later.
  watcher.on('error', (error) => log.warn({ error }, 'watching for exits failed'));
  return { [Symbol.dispose]: () => watcher.close() };
}
