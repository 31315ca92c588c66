import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from './engine.ts';

/** By how many bytes each process has grown at most. */
export interface MemoryWatch extends Disposable {
  readonly growth: ReadonlyMap<string, number>;
}

/** Watches the memory of every process of an engine, its containers' monitors included, and of others. */
export function watchMemory(engine: Engine, others: Readonly<Record<string, number>>): MemoryWatch {
  const watched = Object.entries({ ...processesOf(engine), ...others });
  const before = new Map(watched.map(([name, pid]) => [name, readMemory(pid, 'VmRSS') ?? 0]));
  // From now on the highest value counts anew, see proc(5).
  for (const [, pid] of watched) writeFileSync(`/proc/${pid}/clear_refs`, '5');
  const growth = new Map<string, number>();
  const look = (): void => {
    for (const [name, pid] of watched) {
      const highest = readMemory(pid, 'VmHWM');
      if (highest !== undefined) growth.set(name, highest - (before.get(name) ?? 0));
    }
  };
  const timer = setInterval(look, 50);
  look();
  return { growth, [Symbol.dispose]: () => clearInterval(timer) };
}

function processesOf({ root }: Engine): Record<string, number> {
  const pids = join(root, 'run', 'pids');
  const workers = readdirSync(pids).map((file) => [file, Number.parseInt(readFileSync(join(pids, file), 'utf8'), 10)]);
  const monitors = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && commandOf(name).startsWith('conmon') && commandOf(name).includes(`${root}/`))
    .map((pid) => [`conmon ${pid}`, Number(pid)]);
  return Object.fromEntries([...workers, ...monitors]);
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/^[^\0]*\//, '');
  } catch {
    return '';
  }
}

/** Bytes; undefined once the process has ended. */
function readMemory(pid: number, field: 'VmRSS' | 'VmHWM'): number | undefined {
  try {
    const value = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return value === undefined ? undefined : Number(value) * 1024;
  } catch {
    return undefined;
  }
}
