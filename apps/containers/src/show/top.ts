import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { internal, invalidArgument } from '@arcbox/errors';
import type { Containers } from '../record/containers.ts';
import { isRunning, requireRunning } from '../record/container.ts';
import { processesOf } from '../runtime/cgroup.ts';
import { findProgram } from '../runtime/programs.ts';
import { cgroupPath } from '../spec/cgroup-path.ts';

const run = promisify(execFile);

/** Options of ps are shorter; characters. */
const maxArgs = 1024;

export interface ProcessTable {
  readonly titles: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Processes of a container as ps(1) of the host shows them; `psArgs` default `-ef`. */
export async function topOf(containers: Containers, reference: string, psArgs: string): Promise<ProcessTable> {
  const container = containers.find(reference);
  if (!isRunning(container)) requireRunning(container);
  if (psArgs.includes('\0') || psArgs.length > maxArgs) throw invalidArgument('ps_args is not a line of options for ps');
  const args = psArgs.trim() === '' ? ['-ef'] : psArgs.trim().split(/\s+/);
  // Listed before and not after: a process that ends in between is just not shown.
  const pids = new Set(processesOf(cgroupPath(container)).map(String));
  return select(await ps(args), pids);
}

async function ps(args: string[]): Promise<string> {
  try {
    const { stdout } = await run(findProgram('ps'), args, { timeout: 10_000, maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  } catch (error) {
    const { stderr, code } = error as { stderr?: string; code?: unknown };
    if (typeof code === 'number') throw invalidArgument(`ps ${args.join(' ')}: ${stderr?.trim().split('\n')[0] ?? ''}`, error);
    throw internal('ps failed', error);
  }
}

/** The rows of these processes. The last column may hold spaces. */
export function select(output: string, pids: ReadonlySet<string>): ProcessTable {
  const [header = '', ...lines] = output.split('\n').filter((line) => line.trim() !== '');
  const titles = header.trim().split(/\s+/);
  const column = titles.indexOf('PID');
  if (column < 0) throw invalidArgument('ps_args must keep the column PID');
  const rows = lines.map((line) => split(line, titles.length)).filter((row) => pids.has(row[column] ?? ''));
  return { titles, rows };
}

function split(line: string, columns: number): string[] {
  const words = line.trim().split(/\s+/);
  return [...words.slice(0, columns - 1), words.slice(columns - 1).join(' ')];
}
