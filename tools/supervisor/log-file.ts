import { existsSync, openSync, renameSync, statSync } from 'node:fs';

const largest = 10 * 1024 * 1024;
const kept = 3;

/** Opens a log file for appending; one over 10 MiB is put aside first, as `.1`, of which three are kept. */
export function openLog(path: string): number {
  if (existsSync(path) && statSync(path).size > largest) {
    for (let n = kept - 1; n >= 1; n--) {
      if (existsSync(`${path}.${n}`)) renameSync(`${path}.${n}`, `${path}.${n + 1}`);
    }
    renameSync(path, `${path}.1`);
  }
  return openSync(path, 'a', 0o640);
}
