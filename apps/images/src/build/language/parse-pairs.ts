import { invalidArgument } from '@arcbox/errors';
import { type Clause, refuseFlags, requireRest, writtenOf } from './clause.ts';
import type { ArgInstruction, Pair, PairsInstruction } from './instruction.ts';
import { splitWords } from './words.ts';

/** `ENV a=b c="d e"`, and the old form `ENV name all the rest`. */
export function parsePairs(clause: Clause, keyword: 'ENV' | 'LABEL'): PairsInstruction {
  refuseFlags(clause);
  const rest = requireRest(clause);
  const words = splitWords(rest, clause.escape);
  const pairs = words[0]?.includes('=') ? words.map(parsePair) : [parseOldPair(rest, keyword)];
  if (pairs.some(({ key }) => key === '')) throw invalidArgument(`${keyword} names can not be blank`);
  return { ...writtenOf(clause), keyword, pairs };
}

function parsePair(word: string): Pair {
  const at = word.indexOf('=');
  if (at >= 0) return { key: word.slice(0, at), value: word.slice(at + 1) };
  throw invalidArgument(`Syntax error - can't find = in ${JSON.stringify(word)}. Must be of the form: name=value`);
}

function parseOldPair(rest: string, keyword: string): Pair {
  const [, key = '', value] = /^(\S+)\s+([^]*)$/.exec(rest) ?? [];
  if (value === undefined) throw invalidArgument(`${keyword} must have two arguments`);
  return { key, value };
}

/** `ARG name` and `ARG name=default`, one or more. */
export function parseArg(clause: Clause): ArgInstruction {
  refuseFlags(clause);
  const args = splitWords(requireRest(clause), clause.escape).map((word) => {
    const { key: name, value } = word.includes('=') ? parsePair(word) : { key: word };
    if (name === '') throw invalidArgument('ARG names can not be blank');
    return { name, value };
  });
  return { ...writtenOf(clause), keyword: 'ARG', args };
}
