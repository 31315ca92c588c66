import { readdirSync, readFileSync } from 'node:fs';
import type { Peer } from './peer.ts';
import type { Measurement } from './table.ts';

/** MiB of a process: `Rss` counts what it shares with others whole, `Pss` its part of that. */
function memoryOf(pid: number, field: 'Rss' | 'Pss'): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) / 1024;
}

/** All processes of an engine, what they share counted once. */
export function totalMemory(peer: Peer): number {
  return sum([...(peer.processes?.().values() ?? [])].map((pid) => memoryOf(pid, 'Pss')));
}

/** Of engines that have just started. Says of each process what it has. */
export function idleMemory(peers: readonly Peer[]): Measurement[] {
  const [largest, whole, shared] = [new Map<string, number[]>(), new Map<string, number[]>(), new Map<string, number[]>()];
  for (const { name: peer, processes } of peers) {
    if (!processes) continue;
    const each = [...processes()].map(([name, pid]) => ({ name, rss: memoryOf(pid, 'Rss'), pss: memoryOf(pid, 'Pss') }));
    for (const { name, rss, pss } of each) process.stderr.write(`${peer}: ${name}: ${rss.toFixed(1)} MiB resident, ${pss.toFixed(1)} MiB its own part\n`);
    largest.set(peer, [Math.max(...each.map(({ rss }) => rss))]);
    whole.set(peer, [sum(each.map(({ rss }) => rss))]);
    shared.set(peer, [sum(each.map(({ pss }) => pss))]);
  }
  return [
    { work: 'idle: resident memory of the largest process', unit: 'MiB', runs: largest },
    { work: 'idle: resident memory of all processes, shared pages counted in each', unit: 'MiB', runs: whole },
    { work: 'idle: the same, shared pages counted once', unit: 'MiB', runs: shared },
  ];
}

/** Processes by their command line: `name pid` → pid. */
export function processesNaming(text: string, programs: readonly string[]): Map<string, number> {
  const found = readdirSync('/proc').flatMap((pid): [string, number][] => {
    const [program = '', ...args] = /^\d+$/.test(pid) ? commandOf(pid) : [];
    const name = program.split('/').at(-1) ?? '';
    return programs.includes(name) && args.some((arg) => arg.includes(text)) ? [[`${name} ${pid}`, Number(pid)]] : [];
  });
  return new Map(found);
}

function commandOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
