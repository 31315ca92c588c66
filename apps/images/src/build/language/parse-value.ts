import { invalidArgument } from '@arcbox/errors';
import { type Clause, parseList, refuseFlags, requireRest, writtenOf } from './clause.ts';
import type { Instruction, ListInstruction, ValueInstruction } from './instruction.ts';

/** Instructions that take all of the line as one value. */
export function parseValue(clause: Clause, keyword: ValueInstruction['keyword']): Instruction {
  refuseFlags(clause);
  return { ...writtenOf(clause), keyword, value: requireRest(clause, 'exactly one argument') };
}

/** `EXPOSE 80 443/tcp`, `VOLUME /a /b`, `VOLUME ["/a"]` */
export function parseNamedList(clause: Clause, keyword: ListInstruction['keyword']): ListInstruction {
  refuseFlags(clause);
  const rest = requireRest(clause);
  const items = keyword === 'VOLUME' ? parseList(rest) : rest.split(/\s+/);
  if (items.length === 0) throw invalidArgument(`${keyword} requires at least one argument`);
  if (items.some((item) => item.trim() === '')) {
    throw invalidArgument(`${keyword} specified can not be an empty string`);
  }
  return { ...writtenOf(clause), keyword, items };
}
