import type { Health, HealthCheck as HealthCheckMessage } from '@arcbox/proto/arcbox/engine/v1/container';
import type { Container } from '../record/container.ts';
import type { HealthCheck } from './health-check.ts';
import { healthOf, type Healths } from './healths.ts';

/** What checks have found; undefined for a container that has, or had, none. */
export function toHealth({ healths }: { readonly healths: Healths }, container: Container): Health | undefined {
  const status = healthOf(container);
  if (status === 'none') return undefined;
  const { failingStreak, log } = healths.of(container);
  return { status, failingStreak, log: log.map((result) => ({ ...result })) };
}

/** The check of a container, as it was planned. */
export function toHealthCheck({ config }: Container): HealthCheckMessage | undefined {
  if (!config.healthCheck) return undefined;
  const { test, interval, timeout, startPeriod, startInterval, retries } = config.healthCheck;
  return {
    test: [...test],
    intervalNanos: BigInt(interval),
    timeoutNanos: BigInt(timeout),
    startPeriodNanos: BigInt(startPeriod),
    startIntervalNanos: BigInt(startInterval),
    retries,
  };
}

export function readHealthCheck(message: HealthCheckMessage | undefined): HealthCheck | undefined {
  if (!message) return undefined;
  const { test, intervalNanos, timeoutNanos, startPeriodNanos, startIntervalNanos, retries } = message;
  return {
    test,
    interval: Number(intervalNanos),
    timeout: Number(timeoutNanos),
    startPeriod: Number(startPeriodNanos),
    startInterval: Number(startIntervalNanos),
    retries,
  };
}
