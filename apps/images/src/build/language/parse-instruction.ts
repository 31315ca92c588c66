import { invalidArgument } from '@arcbox/errors';
import { type Clause, readClause } from './clause.ts';
import type { Escape, FromInstruction, Instruction, Keyword } from './instruction.ts';
import type { LogicalLine } from './logical-lines.ts';
import { parseCommand, parseHealthcheck, parseShell } from './parse-command.ts';
import { parseCopy } from './parse-copy.ts';
import { parseFrom } from './parse-from.ts';
import { parseOnbuild } from './parse-onbuild.ts';
import { parseArg, parsePairs } from './parse-pairs.ts';
import { parseRun } from './parse-run.ts';
import { parseNamedList, parseValue } from './parse-value.ts';

const parsers: { readonly [keyword in Keyword]: (clause: Clause) => Instruction | FromInstruction } = {
  FROM: parseFrom,
  ARG: parseArg,
  ENV: (clause) => parsePairs(clause, 'ENV'),
  LABEL: (clause) => parsePairs(clause, 'LABEL'),
  RUN: parseRun,
  COPY: (clause) => parseCopy(clause, 'COPY'),
  ADD: (clause) => parseCopy(clause, 'ADD'),
  CMD: (clause) => parseCommand(clause, 'CMD'),
  ENTRYPOINT: (clause) => parseCommand(clause, 'ENTRYPOINT'),
  SHELL: parseShell,
  HEALTHCHECK: parseHealthcheck,
  EXPOSE: (clause) => parseNamedList(clause, 'EXPOSE'),
  VOLUME: (clause) => parseNamedList(clause, 'VOLUME'),
  USER: (clause) => parseValue(clause, 'USER'),
  WORKDIR: (clause) => parseValue(clause, 'WORKDIR'),
  STOPSIGNAL: (clause) => parseValue(clause, 'STOPSIGNAL'),
  MAINTAINER: (clause) => parseValue(clause, 'MAINTAINER'),
  ONBUILD: (clause) => parseOnbuild(clause, parseInstruction),
};

/** The grammar of one instruction. Names of flags and values that stand there literally are checked. */
export function parseInstruction(logical: LogicalLine, escape: Escape): Instruction | FromInstruction {
  const clause = readClause(logical, escape);
  const { keyword } = clause;
  if (!isKeyword(keyword)) throw invalidArgument(`unknown instruction: ${keyword}`);
  return parsers[keyword](clause);
}

const isKeyword = (word: string): word is Keyword => Object.hasOwn(parsers, word);
