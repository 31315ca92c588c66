import type { Container } from '../record/container.ts';
import { parseNano } from '../record/time.ts';

/** The state for a person, in Docker's words: `Up 5 minutes`, `Exited (137) 3 seconds ago`. */
export function statusText({ status }: Container, nowMs: number): string {
  const since = (time: string): string => humanDuration(nowMs - Number(parseNano(time) / 1_000_000n));
  switch (status.state) {
    case 'created':
      return 'Created';
    case 'running':
      return `Up ${since(status.startedAt)}${healthText(status)}`;
    case 'paused':
      return `Up ${since(status.startedAt)} (Paused)`;
    case 'restarting':
      return `Restarting (${status.exitCode}) ${since(status.finishedAt)} ago`;
    case 'exited':
      return `Exited (${status.exitCode}) ${since(status.finishedAt)} ago`;
    case 'removing':
      return 'Removal In Progress';
    case 'dead':
      return 'Dead';
  }
}

function healthText({ health }: Container['status']): string {
  return health === undefined ? '' : ` (${health === 'starting' ? 'health: starting' : health})`;
}

const [minute, hour, day] = [60, 3600, 86_400];

/** Roughly how long, as Docker says it. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const hours = Math.round(seconds / hour);
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < minute) return `${seconds} seconds`;
  if (seconds < 2 * minute) return 'About a minute';
  if (seconds < hour) return `${Math.floor(seconds / minute)} minutes`;
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 14) return `${Math.floor(seconds / day)} days`;
  if (hours < 24 * 60) return `${Math.floor(seconds / day / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.floor(seconds / day / 30)} months`;
  return `${Math.floor(seconds / day / 365)} years`;
}
