import { systemMounts } from '../spec/defaults.ts';
import { engineFiles, initPath } from '../spec/mounts.ts';

/** Files and directories that every container has once it was started, whatever its image has; without slash. */
const places = new Set([
  ...['etc', 'dev', 'dev/console'],
  ...[...systemMounts.map(({ destination }) => destination), ...engineFiles.map((name) => `/etc/${name}`), initPath].map((path) => path.slice(1)),
]);

/** Whether the engine makes it, so that it is no change of the container's. */
export function isOfEngine(name: string): boolean {
  return places.has(name);
}
