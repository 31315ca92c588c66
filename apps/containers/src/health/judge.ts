import type { CheckTimes } from './health-check.ts';

/** What the checks say of a container that runs. */
export type HealthState = 'starting' | 'healthy' | 'unhealthy';

/** One check. */
export interface CheckResult {
  /** RFC 3339 with nanoseconds. */
  readonly start: string;
  readonly end: string;
  /** 0 for healthy; -1 where the check itself could not be made, or took too long. */
  readonly exitCode: number;
  /** The first bytes of what it wrote. */
  readonly output: string;
}

export interface Standing {
  readonly state: HealthState;
  /** Failures in a row. */
  readonly failingStreak: number;
}

/** What a check that began `sinceStart` milliseconds after the container changes. While it starts, a failure need not count. */
export function judge(before: Standing, exitCode: number, sinceStart: number, times: CheckTimes): Standing {
  if (exitCode === 0) return { state: 'healthy', failingStreak: 0 };
  if (before.state === 'starting' && sinceStart < times.startPeriod) return before;
  const failingStreak = before.failingStreak + 1;
  return { state: failingStreak >= times.retries ? 'unhealthy' : before.state, failingStreak };
}

/** Milliseconds from a check, or the start, to the next check. */
export function pauseBefore(state: HealthState, sinceStart: number, times: CheckTimes): number {
  return state === 'starting' && sinceStart < times.startPeriod ? times.startInterval : times.interval;
}
