import { readFileSync } from 'node:fs';
import { failedPrecondition, invalidArgument } from '@arcbox/errors';

/** A limit of setrlimit(2); -1 is none. */
export interface Ulimit {
  readonly name: string;
  readonly soft: number;
  readonly hard: number;
}

/** Docker's name of a limit -> the kernel's, and what /proc/self/limits calls it. `as` would end the runtime itself. */
const known: ReadonlyMap<string, readonly [kernel: string, label: string]> = new Map([
  ['core', ['RLIMIT_CORE', 'Max core file size']],
  ['cpu', ['RLIMIT_CPU', 'Max cpu time']],
  ['data', ['RLIMIT_DATA', 'Max data size']],
  ['fsize', ['RLIMIT_FSIZE', 'Max file size']],
  ['locks', ['RLIMIT_LOCKS', 'Max file locks']],
  ['memlock', ['RLIMIT_MEMLOCK', 'Max locked memory']],
  ['msgqueue', ['RLIMIT_MSGQUEUE', 'Max msgqueue size']],
  ['nice', ['RLIMIT_NICE', 'Max nice priority']],
  ['nofile', ['RLIMIT_NOFILE', 'Max open files']],
  ['nproc', ['RLIMIT_NPROC', 'Max processes']],
  ['rss', ['RLIMIT_RSS', 'Max resident set']],
  ['rtprio', ['RLIMIT_RTPRIO', 'Max realtime priority']],
  ['rttime', ['RLIMIT_RTTIME', 'Max realtime timeout']],
  ['sigpending', ['RLIMIT_SIGPENDING', 'Max pending signals']],
  ['stack', ['RLIMIT_STACK', 'Max stack size']],
]);

/** What this process, and so the runtime, may raise limits to. */
export interface UlimitBounds {
  /** It may go beyond its own hard limits: CAP_SYS_RESOURCE. */
  readonly unbounded: boolean;
  /** Name in /proc/self/limits -> hard limit. */
  readonly hard: ReadonlyMap<string, number>;
  /** No process may open more files, whatever its capabilities. */
  readonly maxFiles: number;
}

/** INVALID_ARGUMENT for what makes no sense, FAILED_PRECONDITION for what this host cannot give. */
export function checkUlimits(ulimits: readonly Ulimit[], bounds: UlimitBounds): readonly Ulimit[] {
  const names = new Set<string>();
  for (const ulimit of ulimits) {
    if (names.has(ulimit.name)) throw invalidArgument(`ulimit ${ulimit.name} is given twice`);
    names.add(ulimit.name);
    checkUlimit(ulimit, bounds);
  }
  return ulimits;
}

function checkUlimit({ name, soft, hard }: Ulimit, bounds: UlimitBounds): void {
  const label = known.get(name)?.[1];
  if (label === undefined) throw invalidArgument(`unknown ulimit: ${name} (known: ${[...known.keys()].join(', ')})`);
  for (const value of [soft, hard]) {
    if (value >= -1 && value <= Number.MAX_SAFE_INTEGER) continue;
    throw invalidArgument(`ulimit ${name} must be a number or -1 for none, not ${value}`);
  }
  if (asNumber(soft) > asNumber(hard)) throw invalidArgument(`ulimit ${name}: the soft limit ${soft} is above the hard limit ${hard}`);
  if (name === 'nofile' && asNumber(hard) > bounds.maxFiles) {
    throw failedPrecondition(`ulimit nofile: the kernel of this host allows at most ${bounds.maxFiles} (fs.nr_open)`);
  }
  const most = bounds.hard.get(label) ?? Infinity;
  if (!bounds.unbounded && asNumber(hard) > most) {
    throw failedPrecondition(`ulimit ${name}: the engine may not raise it above its own hard limit of ${most}`);
  }
}

/** In the words of the runtime; no limit is all bits set. */
export function toRlimits(ulimits: readonly Ulimit[]): { type: string; soft: number | bigint; hard: number | bigint }[] {
  const value = (limit: number): number | bigint => (limit === -1 ? 2n ** 64n - 1n : limit);
  return ulimits.map(({ name, soft, hard }) => ({ type: known.get(name)?.[0] ?? name, soft: value(soft), hard: value(hard) }));
}

export function ulimitBounds(capabilities: readonly string[]): UlimitBounds {
  const lines = readFileSync('/proc/self/limits', 'utf8').split('\n').slice(1);
  const entries = lines.map((line) => /^(?<label>Max [a-z ]+?) {2,}\S+ +(?<hard>\S+)/.exec(line)?.groups ?? {});
  const hard = entries.map(({ label = '', hard: text = '' }): [string, number] => [label, text === 'unlimited' ? Infinity : Number(text)]);
  return {
    unbounded: capabilities.includes('CAP_SYS_RESOURCE'),
    hard: new Map(hard),
    maxFiles: Number(readFileSync('/proc/sys/fs/nr_open', 'utf8')),
  };
}

const asNumber = (limit: number): number => (limit === -1 ? Infinity : limit);
