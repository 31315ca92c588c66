import { invalidArgument } from '@arcbox/errors';

/** How to tell whether a container works. Times are nanoseconds; 0 where nobody has said. */
export interface HealthCheck {
  /** `NONE`, `CMD` with a command, or `CMD-SHELL` with a line for the shell; empty where nobody has said. */
  readonly test: readonly string[];
  readonly interval: number;
  readonly timeout: number;
  readonly startPeriod: number;
  readonly startInterval: number;
  readonly retries: number;
}

/** A check as a container keeps it. */
export interface PlannedCheck extends HealthCheck {
  /** What runs the line of `CMD-SHELL`. */
  readonly shell: readonly string[];
}

/** What an image says of it. */
export interface ImageHealth {
  readonly healthCheck?: HealthCheck;
  /** Empty for the usual one. */
  readonly shell: readonly string[];
}

/** A check in the units of timers: milliseconds, with the defaults filled in. */
export interface CheckTimes {
  readonly interval: number;
  readonly timeout: number;
  readonly startPeriod: number;
  readonly startInterval: number;
  /** Failures in a row that make it unhealthy. */
  readonly retries: number;
}

const usualShell = ['/bin/sh', '-c'];

/** As Docker's. */
const defaults: CheckTimes = { interval: 30_000, timeout: 30_000, startPeriod: 0, startInterval: 5_000, retries: 3 };

/** Shorter times are a mistake in the unit; nanoseconds. */
const shortest = 1_000_000;

/** The longest that a timer of Node can wait, some 24 days; milliseconds. */
const longest = 2 ** 31 - 1;

/** The check of a new container: what the request leaves open is the image's. Undefined: there is none. */
export function planCheck(request: HealthCheck | undefined, image: ImageHealth): PlannedCheck | undefined {
  if (request) validate(request);
  const merged = request ? merge(request, image.healthCheck) : image.healthCheck;
  if (!merged || merged.test.length === 0) return undefined;
  return { ...merged, shell: image.shell.length > 0 ? image.shell : usualShell };
}

/** What runs for a check; undefined for `NONE` and for what no request could ask for. */
export function commandOf({ test, shell }: PlannedCheck): string[] | undefined {
  const [kind, ...rest] = test;
  if (rest.length === 0) return undefined;
  if (kind === 'CMD') return rest;
  return kind === 'CMD-SHELL' ? [...shell, ...rest] : undefined;
}

export function timesOf(check: HealthCheck): CheckTimes {
  const milliseconds = (nanoseconds: number, otherwise: number): number =>
    nanoseconds > 0 ? Math.min(Math.max(nanoseconds / 1e6, 1), longest) : otherwise;
  return {
    interval: milliseconds(check.interval, defaults.interval),
    timeout: milliseconds(check.timeout, defaults.timeout),
    startPeriod: milliseconds(check.startPeriod, defaults.startPeriod),
    startInterval: milliseconds(check.startInterval, defaults.startInterval),
    retries: check.retries || defaults.retries,
  };
}

function merge(request: HealthCheck, image: HealthCheck | undefined): HealthCheck {
  if (!image) return request;
  return {
    test: request.test.length > 0 ? request.test : image.test,
    interval: request.interval || image.interval,
    timeout: request.timeout || image.timeout,
    startPeriod: request.startPeriod || image.startPeriod,
    startInterval: request.startInterval || image.startInterval,
    retries: request.retries || image.retries,
  };
}

function validate({ test, interval, timeout, startPeriod, startInterval }: HealthCheck): void {
  const [kind, ...rest] = test;
  if (kind !== undefined && !['NONE', 'CMD', 'CMD-SHELL'].includes(kind)) {
    throw invalidArgument(`unknown kind of health check: ${kind} (known: NONE, CMD, CMD-SHELL)`);
  }
  if (kind === 'NONE' ? rest.length > 0 : kind !== undefined && (rest[0] ?? '') === '') {
    throw invalidArgument(`health check ${kind} ${kind === 'NONE' ? 'takes no' : 'needs a'} command`);
  }
  if (test.some((text) => text.includes('\0'))) throw invalidArgument('health_check cannot contain a zero byte');
  const times = { interval, timeout, 'start period': startPeriod, 'start interval': startInterval };
  const [tooShort] = Object.entries(times).find(([, time]) => time !== 0 && time < shortest) ?? [];
  if (tooShort !== undefined) throw invalidArgument(`${tooShort} of a health check cannot be less than 1 ms`);
}
