import { readFileSync } from 'node:fs';
import { invalidArgument } from '@arcbox/errors';

/** Sets of CPUs and memory nodes as the kernel writes them: `0-2,4`. */
export interface OnlineSets {
  readonly cpus: string;
  readonly mems: string;
}

/** The kernel knows no higher number: NR_CPUS is at most 8192. */
const highest = 8191;

/** The same numbers may be named again and again; characters. */
const longest = 16 * 1024;

/** What containers can have; cgroup v2 or v1. */
export function onlineSets(unified: boolean): OnlineSets {
  const directory = unified ? '/sys/fs/cgroup' : '/sys/fs/cgroup/cpuset';
  const suffix = unified ? '.effective' : '';
  const read = (name: string): string => readOr(`${directory}/cpuset.${name}${suffix}`);
  return { cpus: read('cpus') || readOr('/sys/devices/system/cpu/online'), mems: read('mems') || '0' };
}

/** INVALID_ARGUMENT when `wanted` is no set, or holds what is not `online`; `what` names the option. */
export function checkSet(what: string, wanted: string, online: string): void {
  const available = parseSet(what, online);
  const missing = [...parseSet(what, wanted)].filter((number) => !available.has(number));
  if (missing.length === 0) return;
  throw invalidArgument(`${what} asks for ${wanted}, of which ${missing.slice(0, 8).join(', ')} is not available: the host has ${online}`);
}

function parseSet(what: string, text: string): Set<number> {
  if (text.length > longest) throw invalidArgument(`${what} is longer than ${longest} characters`);
  const set = new Set<number>();
  for (const part of text.split(',')) for (const number of parseRange(what, part)) set.add(number);
  return set;
}

function parseRange(what: string, part: string): number[] {
  const [, first = '', last = first] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (first === '' || to < from || to > highest) throw invalidArgument(`${what} is not a list like 0-2,4: ${part}`);
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
