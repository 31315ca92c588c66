import type { Config } from '../record/config.ts';
import type { Network, Process, Status } from '../record/status.ts';
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
    events: [{ action: 'start', attributes: byPolicy(config, status) }],
  }));
}

/** Which policy has started it, for the how manieth time since somebody did, and whether because the host had started; none if somebody has. */
function byPolicy({ restart }: Config, { restarts = 0, retry }: Status): { readonly [name: string]: string } {
  if (restarts === 0) return {};
  return { restartPolicy: restart?.name ?? '', restartCount: String(restarts), ...(retry?.sinceBoot ? { sinceBoot: 'true' } : {}) };
}

function firstHealth({ healthCheck }: Config): HealthState | undefined {
  return healthCheck && commandOf(healthCheck) ? 'starting' : undefined;
}
