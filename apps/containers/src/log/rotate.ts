import { existsSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogLimits } from '../record/config.ts';
import { tellMonitor } from '../runtime/control.ts';

/** conmon's command to open its log file anew. */
const reopen = '2 0 0';

/** How long conmon may take to follow a command; milliseconds. */
const patience = 2_000;

/**
 * Keeps a log within its limits: when the file is full it becomes `.1`, older
 * ones move on, the oldest goes. conmon writes to the old file until it has
 * opened the new one, so no line is lost. One caller at a time.
 */
export async function rotateLog(path: string, limits: LogLimits, control: string): Promise<void> {
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  // A rotation that was cut short: give the command that may be on its way its time.
  if (size === undefined && (limits.maxFiles === 1 || existsSync(older(path, 1))) && !(await appears(path))) return command(control, path);
  if (size === undefined || size < limits.maxBytes) return;
  rmSync(older(path, limits.maxFiles - 1), { force: true });
  for (let index = limits.maxFiles - 2; index >= 0; index--) {
    const from = older(path, index);
    if (existsSync(from)) renameSync(from, older(path, index + 1));
  }
  await command(control, path);
}

/** Begins anew with nothing; whoever reads keeps what is open. Only when nobody writes. */
export function dropLog(path: string, maxFiles: number): void {
  for (let index = 0; index < maxFiles; index++) rmSync(older(path, index), { force: true });
  writeFileSync(path, '', { mode: 0o600 });
}

function older(path: string, index: number): string {
  return index === 0 ? path : `${path}.${index}`;
}

async function command(control: string, path: string): Promise<void> {
  if (await tellMonitor(control, reopen)) await appears(path);
}

async function appears(path: string): Promise<boolean> {
  for (const until = Date.now() + patience; Date.now() < until; await sleep(2)) if (existsSync(path)) return true;
  return false;
}
