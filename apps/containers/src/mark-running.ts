import type { Network, Process } from './container.ts';
import type { Containers } from './containers.ts';

/** Notes that a start has succeeded. */
export function markRunning(
  containers: Containers,
  id: string,
  run: { process: Process; network?: Network; startedAt: string },
): void {
  containers.transition(id, ({ status }) => ({
    status: { ...status, ...run, state: 'running', starting: undefined, held: true, exitCode: 0 },
    events: [{ action: 'start' }],
  }));
}
