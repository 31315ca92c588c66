import { invalidArgument } from '@arcbox/errors';
import type { Container } from './container.ts';

/** When a container starts again after it has ended. */
export interface RestartPolicy {
  readonly name: 'no' | 'always' | 'unless-stopped' | 'on-failure';
  /** For `on-failure`: how many times in a row; 0 for any number. */
  readonly maximumRetries: number;
}

/** A start that waits for its time. */
export interface Retry {
  /** Unix milliseconds. */
  readonly at: number;
  /** Milliseconds that were waited; the next wait is longer. */
  readonly delay: number;
}

/** As Docker: the first wait, the longest, and how long a run must last to count as a good one. Milliseconds. */
const firstDelay = 100;
const longestDelay = 60_000;
const goodRun = 10_000;

const names = ['no', 'always', 'unless-stopped', 'on-failure'] as const;

/** INVALID_ARGUMENT when it is no policy. */
export function parsePolicy(policy: { name: string; maximumRetries: number } | undefined): RestartPolicy {
  const given = policy?.name || 'no';
  const name = names.find((known) => known === given);
  if (!name) throw invalidArgument(`unknown restart policy: ${given} (known: ${names.join(', ')})`);
  const maximumRetries = policy?.maximumRetries ?? 0;
  if (maximumRetries > 0 && name !== 'on-failure') {
    throw invalidArgument(`a maximum of retries goes with the restart policy on-failure, not with ${name}`);
  }
  return { name, maximumRetries };
}

/** When to start a container again whose run ended with `exitCode` after `lasted` milliseconds; undefined: never. */
export function retryAfter(
  { config, status }: Pick<Container, 'config' | 'status'>,
  { exitCode, lasted }: { exitCode: number; lasted: number },
  now: number,
): Retry | undefined {
  const { name, maximumRetries } = config.restart ?? { name: 'no', maximumRetries: 0 };
  if (name === 'no' || status.stopWanted) return undefined;
  if (name === 'on-failure') {
    const retries = lasted >= goodRun ? 0 : (status.restarts ?? 0);
    if (exitCode === 0 || (maximumRetries > 0 && retries >= maximumRetries)) return undefined;
  }
  const before = lasted >= goodRun ? undefined : status.retry?.delay;
  const delay = before === undefined ? firstDelay : Math.min(before * 2, longestDelay);
  return { at: now + delay, delay };
}
