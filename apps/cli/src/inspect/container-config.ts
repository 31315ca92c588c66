import { constants } from 'node:os';
import type { HealthCheck, InspectResponse } from '@arcbox/proto/arcbox/engine/v1/container';
import { listOrNull, mapFrom, mapOf } from './shape.ts';

/** The part called `Config`: what is the same on every host. */
export function configToDocker({ info, options, portBindings }: InspectResponse): object {
  const config = info?.config;
  const bound = [...portBindings, ...(options?.portRanges ?? [])].map(({ containerPort, protocol }) => `${containerPort}/${protocol || 'tcp'}`);
  const exposed = [...new Set([...bound, ...(options?.exposedPorts ?? [])])];
  return {
    Hostname: config?.hostname ?? '',
    Domainname: config?.domainname ?? '',
    User: config?.user ?? '',
    ...(exposed.length > 0 ? { ExposedPorts: mapOf(exposed.map((port) => [port, {}] as const)) } : {}),
    Tty: config?.tty ?? false,
    OpenStdin: config?.openStdin ?? false,
    StdinOnce: options?.stdinOnce ?? false,
    Env: config?.env ?? [],
    Cmd: listOrNull(config?.cmd ?? []),
    Healthcheck: options?.healthCheck && healthCheckToDocker(options.healthCheck),
    Image: config?.image ?? '',
    WorkingDir: config?.workingDir ?? '',
    Entrypoint: listOrNull(config?.entrypoint ?? []),
    Labels: mapFrom(config?.labels),
    ...(options?.stopSignal ? { StopSignal: signalName(options.stopSignal) } : {}),
    ...(options?.stopTimeoutSeconds === undefined ? {} : { StopTimeout: options.stopTimeoutSeconds }),
  };
}

/** Times are nanoseconds; what is 0 is the default and left out. */
function healthCheckToDocker(check: HealthCheck): object {
  const numbers = {
    Interval: Number(check.intervalNanos),
    Timeout: Number(check.timeoutNanos),
    StartPeriod: Number(check.startPeriodNanos),
    StartInterval: Number(check.startIntervalNanos),
    Retries: check.retries,
  };
  const given = Object.entries(numbers).filter(([, value]) => value !== 0);
  return { ...(check.test.length > 0 ? { Test: check.test } : {}), ...Object.fromEntries(given) };
}

/** The engine keeps numbers; people know names. */
function signalName(signal: string): string {
  return Object.entries(constants.signals).find(([, number]) => String(number) === signal)?.[0] ?? signal;
}
