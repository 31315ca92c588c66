import { invalidArgument } from '@arcbox/errors';
import { type Clause, parseCommandLine, refuseFlags, requireRest, writtenOf } from './clause.ts';
import { Flags } from './flags.ts';
import { healthFlags, readHealthcheck } from './health-check.ts';
import type { CommandInstruction, HealthcheckInstruction, ShellInstruction } from './instruction.ts';
import { parseJsonWords } from './words.ts';

/** A JSON array, possibly empty, or a line for the shell. */
export function parseCommand(clause: Clause, keyword: 'CMD' | 'ENTRYPOINT'): CommandInstruction {
  refuseFlags(clause);
  return { ...writtenOf(clause), keyword, command: parseCommandLine(requireRest(clause)) };
}

export function parseShell(clause: Clause): ShellInstruction {
  refuseFlags(clause);
  const shell = parseJsonWords(requireRest(clause));
  if (shell === undefined) throw invalidArgument(`SHELL requires the arguments to be in JSON form: ${clause.rest}`);
  if (shell.length === 0) throw invalidArgument('SHELL requires at least one argument');
  return { ...writtenOf(clause), keyword: 'SHELL', shell };
}

/** `HEALTHCHECK NONE` and `HEALTHCHECK [flags] CMD …` */
export function parseHealthcheck(clause: Clause): HealthcheckInstruction {
  const flags = new Flags(clause.flags, healthFlags);
  const [, word = '', rest = ''] = /^(\S+)\s*([^]*)$/.exec(requireRest(clause)) ?? [];
  const keyword = 'HEALTHCHECK';
  switch (word.toUpperCase()) {
    case 'NONE':
      if (rest !== '') throw invalidArgument('HEALTHCHECK NONE takes no arguments');
      return { ...writtenOf(clause), keyword, healthcheck: { Test: ['NONE'] } };
    case 'CMD': {
      const command = parseCommandLine(rest);
      if (rest === '' || ('exec' in command && command.exec.length === 0)) {
        throw invalidArgument('missing command after HEALTHCHECK CMD');
      }
      return { ...writtenOf(clause), keyword, healthcheck: readHealthcheck(command, flags) };
    }
    default:
      throw invalidArgument(`unknown type ${JSON.stringify(word)} in HEALTHCHECK (try CMD)`);
  }
}
