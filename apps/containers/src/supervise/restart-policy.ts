import { invalidArgument } from '@arcbox/errors';
import type { Container } from '../record/container.ts';

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
  /** It is one of those that start after the host has: in their order. */
  readonly sinceBoot?: true;
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
  const delay = before ? Math.min(before * 2, longestDelay) : firstDelay;
  return { at: now + delay, delay };
}

/** Whether the policy still wants the start that a container waits for: it may have been changed meanwhile. */
export function wantsRestart({ config, status }: Pick<Container, 'config' | 'status'>): boolean {
  const { name } = config.restart ?? { name: 'no' };
  return name === 'always' || name === 'unless-stopped' || (name === 'on-failure' && status.exitCode !== 0);
}

/** Whether a container that does not run starts when the host has started: with `always` also one that somebody has stopped. */
export function startsAtBoot({ config, status }: Pick<Container, 'config' | 'status'>): boolean {
  const hasRun = status.generation > 0 && (status.state === 'exited' || status.state === 'created');
  const name = config.restart?.name;
  return hasRun && (name === 'always' || (name === 'unless-stopped' && !status.stopWanted));
}
