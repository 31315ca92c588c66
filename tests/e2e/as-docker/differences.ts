/** A difference that is meant, or is docker's own: which line of which case, and why. */
export interface Difference {
  readonly name: string;
  readonly line: RegExp;
  readonly reason: string;
}

export const differences: readonly Difference[] = [
  { name: 'environment', line: /^inspect/, reason: 'variables of the image come first, then those of the container; docker has them the other way round' },
  { name: 'stop', line: /^inspect/, reason: 'a signal is shown by its full name, SIGINT; docker repeats what was typed' },
  { name: 'networks', line: /^inspect/, reason: 'none is no network that a container is on; docker lists it, with empty addresses' },
  { name: 'templates that fail', line: /^inspect/, reason: 'docker exits with 64 for what it cannot read and prints an empty line for what does not fit; here both are failures, 1' },
  { name: 'create, inspect, remove', line: /^network inspect .*back$/, reason: 'docker prints an empty line where it found nothing' },
  { name: 'stop with another signal', line: /^inspect/, reason: 'a dockerd older than its client knows no signal for stop and sends TERM' },
  { name: 'privileged', line: /^run/, reason: 'where the host itself lacks capabilities, docker gives up; here the container gets those that there are' },
  { name: 'devices', line: /no-such-device/, reason: 'no command was looked for: 125, not 127' },
  { name: 'exec of what is not there', line: /^exec box (nope|\/etc)$/, reason: 'docker writes the refusal into the output, and exits with 126 for both, unless it comes before the client listens' },
  { name: 'logs of both streams', line: /--tail x/, reason: 'docker takes what it cannot read for all; here it is refused' },
];
