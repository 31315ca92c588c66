import { constants } from 'node:os';
import type { Config } from '../record/config.ts';

/** The `config` of an image (OCI image specification, config.md) that makes containers like this one; null is nothing. */
export function imageSettings(config: Config): Record<string, unknown> {
  const { entrypoint, cmd, env, labels, exposed, ports, mounts, healthCheck } = config;
  const published = ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol || 'tcp'}`);
  const volumes = mounts.filter(({ anonymous }) => anonymous).map(({ target }) => target);
  return {
    Env: env.length > 0 ? env : null,
    Entrypoint: entrypoint.length > 0 ? entrypoint : null,
    Cmd: cmd.length > 0 ? cmd : null,
    User: config.user || null,
    WorkingDir: config.workingDir || null,
    Labels: Object.keys(labels).length > 0 ? labels : null,
    ExposedPorts: setOf([...exposed, ...published]),
    Volumes: setOf(volumes),
    StopSignal: config.stopSignal === undefined ? null : signalName(config.stopSignal),
    Healthcheck: healthCheck ? toHealthcheck(healthCheck) : null,
  };
}

/** Sets are objects there. */
function setOf(names: readonly string[]): Record<string, object> | null {
  return names.length === 0 ? null : Object.fromEntries(names.map((name) => [name, {}]));
}

function signalName(number: string): string {
  return Object.entries(constants.signals).find(([, value]) => String(value) === number)?.[0] ?? number;
}

function toHealthcheck(check: NonNullable<Config['healthCheck']>): Record<string, unknown> {
  const { test, interval, timeout, startPeriod, startInterval, retries } = check;
  const numbers = { Interval: interval, Timeout: timeout, StartPeriod: startPeriod, StartInterval: startInterval, Retries: retries };
  return { Test: test, ...Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== 0)) };
}
