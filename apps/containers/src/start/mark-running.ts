import type { Config } from '../record/config.ts';
import type { Network, Process } from '../record/status.ts';
import type { Containers } from '../record/containers.ts';
import { commandOf } from '../health/health-check.ts';
import type { HealthState } from '../health/judge.ts';

/** Notes that a start has succeeded. */
export function markRunning(
  containers: Containers,
  id: string,
  run: { process: Process; network?: Network; startedAt: string },
): void {
  containers.transition(id, ({ config, status }) => ({
    status: { ...status, ...run, state: 'running', starting: undefined, held: true, exitCode: 0, health: firstHealth(config) },
    events: [{ action: 'start' }],
  }));
}

function firstHealth({ healthCheck }: Config): HealthState | undefined {
  return healthCheck && commandOf(healthCheck) ? 'starting' : undefined;
}
