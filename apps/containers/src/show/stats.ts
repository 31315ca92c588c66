import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { type Container, isRunning } from '../record/container.ts';
import { isUnified, readCgroup } from '../runtime/cgroup.ts';
import { cgroupPath } from '../spec/cgroup-path.ts';

/** Totals since the start; nanoseconds and bytes. */
export interface Sample {
  readonly cpu: bigint;
  readonly systemCpu: bigint;
  readonly cpus: number;
  readonly memory: bigint;
  readonly memoryLimit: bigint;
  readonly received: bigint;
  readonly sent: bigint;
  readonly blockRead: bigint;
  readonly blockWritten: bigint;
  readonly pids: number;
}

/** The time of all CPUs, read once for any number of containers. */
export interface HostCpu {
  /** Nanoseconds. */
  readonly total: bigint;
  readonly online: number;
}

/** One sample of what a container uses; undefined when it does not run. */
export function sample(container: Container, host: HostCpu = hostCpu()): Sample | undefined {
  if (!isRunning(container)) return undefined;
  const cgroup = cgroupPath(container);
  const [blockRead, blockWritten] = isUnified() ? blockV2(cgroup) : blockV1(cgroup);
  const [received, sent] = networkOf(container);
  const limit = container.config.limits.memory ?? totalmem();
  return {
    cpu: isUnified() ? cpuV2(cgroup) : number(readCgroup(cgroup, 'cpuacct', 'cpuacct.usage')),
    systemCpu: host.total,
    cpus: host.online,
    memory: isUnified() ? memoryV2(cgroup) : memoryV1(cgroup),
    memoryLimit: BigInt(Math.min(limit, totalmem())),
    received,
    sent,
    blockRead,
    blockWritten,
    pids: Number(number(readCgroup(cgroup, 'pids', 'pids.current'))),
  };
}

function cpuV2(cgroup: string): bigint {
  return 1000n * field(readCgroup(cgroup, 'cpu', 'cpu.stat'), 'usage_usec');
}

/** Without the page cache that could be dropped at once, as Docker shows it. */
function memoryV1(cgroup: string): bigint {
  const cache = field(readCgroup(cgroup, 'memory', 'memory.stat'), 'total_inactive_file');
  return without(readCgroup(cgroup, 'memory', 'memory.usage_in_bytes'), cache);
}

function memoryV2(cgroup: string): bigint {
  return without(readCgroup(cgroup, 'memory', 'memory.current'), field(readCgroup(cgroup, 'memory', 'memory.stat'), 'inactive_file'));
}

function without(usage: string | undefined, cache: bigint): bigint {
  const all = number(usage);
  return cache < all ? all - cache : all;
}

/** blkio.throttle.io_service_bytes: `major:minor Read n`. */
function blockV1(cgroup: string): [bigint, bigint] {
  const text = readCgroup(cgroup, 'blkio', 'blkio.throttle.io_service_bytes') ?? '';
  return [sum(text, /^\S+ Read (\d+)$/gm), sum(text, /^\S+ Write (\d+)$/gm)];
}

/** io.stat: `major:minor rbytes=n wbytes=n …`. */
function blockV2(cgroup: string): [bigint, bigint] {
  const text = readCgroup(cgroup, 'io', 'io.stat') ?? '';
  return [sum(text, /\brbytes=(\d+)/g), sum(text, /\bwbytes=(\d+)/g)];
}

/** proc(5), net/dev: all interfaces of the container's namespace but loopback; those of the host are not its own. */
function networkOf({ config, status }: Container): [bigint, bigint] {
  if (config.network.kind === 'host') return [0n, 0n];
  let text = '';
  try {
    text = readFileSync(`/proc/${status.process?.pid ?? 0}/net/dev`, 'utf8');
  } catch {
    return [0n, 0n];
  }
  const outside = text.split('\n').filter((line) => /^\s*[^:\s]+:/.test(line) && !/^\s*lo:/.test(line));
  const columns = outside.map((line) => (line.split(':')[1] ?? '').trim().split(/\s+/).map((word) => BigInt(word)));
  const total = (column: number): bigint => columns.reduce((all, row) => all + (row[column] ?? 0n), 0n);
  return [total(0), total(8)];
}

/** proc(5), stat: user to softirq in hundredths of a second, the sum that Docker's clients divide by. */
export function hostCpu(): HostCpu {
  const lines = readFileSync('/proc/stat', 'utf8').split('\n');
  const ticks = (lines[0] ?? '').trim().split(/\s+/).slice(1, 8).map(Number);
  const online = lines.filter((line) => /^cpu\d/.test(line)).length;
  return { total: BigInt(ticks.reduce((all, tick) => all + tick, 0)) * 10_000_000n, online };
}

function field(text: string | undefined, name: string): bigint {
  return number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text ?? '')?.[1]);
}

function sum(text: string, pattern: RegExp): bigint {
  return [...text.matchAll(pattern)].reduce((all, match) => all + number(match[1]), 0n);
}

function number(text: string | undefined): bigint {
  return text !== undefined && /^\d+$/.test(text) ? BigInt(text) : 0n;
}
