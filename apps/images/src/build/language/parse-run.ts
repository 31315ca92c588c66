import { invalidArgument } from '@arcbox/errors';
import { type Clause, parseCommandLine, requireRest, writtenOf } from './clause.ts';
import { Flags } from './flags.ts';
import type { RunInstruction } from './instruction.ts';
import { readMountFields } from './mount-fields.ts';

/** `RUN [--mount=…] [--network=…] command` */
export function parseRun(clause: Clause): RunInstruction {
  const flags = new Flags(clause.flags, { mount: 'texts', network: 'text', security: 'text' });
  const command = parseCommandLine(requireRest(clause));
  if ('exec' in command && command.exec.length === 0) throw invalidArgument('RUN requires at least one argument');
  checkSecurity(flags.text('security'));
  return {
    ...writtenOf(clause),
    keyword: 'RUN',
    command,
    heredocs: clause.heredocs,
    mounts: flags.texts('mount').map((mount) => readMountFields(mount, clause.escape)),
    network: parseNetwork(flags.text('network')),
  };
}

function parseNetwork(text: string): RunInstruction['network'] {
  if (text === '') return 'default';
  if (text === 'default' || text === 'none' || text === 'host') return text;
  throw invalidArgument(`invalid network mode ${JSON.stringify(text)}`);
}

function checkSecurity(text: string): void {
  if (text === 'insecure') throw invalidArgument('RUN --security=insecure is not allowed: builds run sandboxed');
  if (text !== '' && text !== 'sandbox') throw invalidArgument(`security ${JSON.stringify(text)} is not valid`);
}
