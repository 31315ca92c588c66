import type { Ulimit } from '@arcbox/proto/arcbox/engine/v1/container';
import { InvalidArgumentError } from 'commander';

/** Names of setrlimit(2), as `--ulimit` takes them. */
const names: readonly string[] = [
  'core',
  'cpu',
  'data',
  'fsize',
  'locks',
  'memlock',
  'msgqueue',
  'nice',
  'nofile',
  'nproc',
  'rss',
  'rtprio',
  'rttime',
  'sigpending',
  'stack',
];

/** Reads `nofile=1024`, `nofile=1024:2048`, `core=-1`; -1 means no limit. */
export function parseUlimit(text: string): Ulimit {
  const groups = /^(?<name>\w+)=(?<soft>-?\d+)(?::(?<hard>-?\d+))?$/.exec(text)?.groups;
  if (!groups) throw new InvalidArgumentError('Write name=soft, or name=soft:hard.');
  const { name = '', soft = '', hard = soft } = groups;
  if (!names.includes(name)) throw new InvalidArgumentError(`There is no ${name}; there are ${names.join(', ')}.`);
  const limit = { name, soft: BigInt(soft), hard: BigInt(hard) };
  if (limit.hard !== -1n && (limit.soft === -1n || limit.soft > limit.hard)) {
    throw new InvalidArgumentError('The soft limit is at most the hard limit.');
  }
  return limit;
}

/** The last limit of a name counts. */
export function collectUlimit(text: string, previous: readonly Ulimit[] = []): readonly Ulimit[] {
  const limit = parseUlimit(text);
  return [...previous.filter(({ name }) => name !== limit.name), limit];
}
