import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { BadEnd } from './workers.ts';

const suffix = '.ended';

/** What the supervisor has noted of processes that ended, `<replica>.ended`, in the order of their ends. */
export function readEnds(directory: string): BadEnd[] {
  const names = unlessAbsent(() => readdirSync(directory)) ?? [];
  const ends = names.filter((name) => name.endsWith(suffix)).flatMap((name) => readEnd(directory, name) ?? []);
  return ends.sort((a, b) => a.at.getTime() - b.at.getTime());
}

function readEnd(directory: string, name: string): BadEnd | undefined {
  const path = join(directory, name);
  return unlessAbsent(() => ({ replica: name.slice(0, -suffix.length), how: readFileSync(path, 'utf8'), at: statSync(path).mtime }));
}

/** Nobody supervises a worker that was started by hand, and a note may be replaced while it is read. */
function unlessAbsent<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
