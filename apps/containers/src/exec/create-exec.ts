import { randomBytes } from 'node:crypto';
import { invalidArgument } from '@arcbox/errors';
import { requireRunning } from '../record/container.ts';
import type { Containers } from '../record/containers.ts';
import type { ExecCommand } from './exec.ts';
import type { Execs } from './execs.ts';

/** execve(2): one argument or variable, with its final zero, has at most 32 pages. */
const longestArgument = 32 * 4096 - 1;

/** Notes a further process of a running container, to be started once. Returns its id. */
export function createExec(containers: Containers, execs: Execs, reference: string, command: ExecCommand): string {
  check(command);
  const container = requireRunning(containers.find(reference));
  const id = randomBytes(32).toString('hex');
  execs.insert({ id, container: container.id, command, state: 'created', at: Date.now() });
  return id;
}

function check({ cmd, env, workingDir, user }: ExecCommand): void {
  if (cmd.length === 0 || cmd[0] === '') throw invalidArgument('no exec command specified');
  const nameless = env.find((entry) => entry.startsWith('=') || entry === '');
  if (nameless !== undefined) throw invalidArgument(`invalid environment variable: "${nameless}"`);
  if (workingDir !== '' && !workingDir.startsWith('/')) {
    throw invalidArgument(`working_dir must be an absolute path: ${workingDir}`);
  }
  const texts = [...cmd, ...env, workingDir, user];
  if (texts.some((text) => text.includes('\0'))) throw invalidArgument('a command cannot contain a zero byte');
  if (texts.some((text) => Buffer.byteLength(text) > longestArgument)) {
    throw invalidArgument(`no argument or variable can be longer than ${longestArgument} bytes`);
  }
}
