import { invalidArgument } from '@arcbox/errors';
import { type Clause, refuseFlags, requireRest, writtenOf } from './clause.ts';
import type { Escape, FromInstruction, Instruction, OnbuildInstruction } from './instruction.ts';
import type { LogicalLine } from './logical-lines.ts';

/** Checks the trigger like any instruction, and keeps its text for the image. */
export function parseOnbuild(
  clause: Clause,
  parseInstruction: (logical: LogicalLine, escape: Escape) => Instruction | FromInstruction,
): OnbuildInstruction {
  refuseFlags(clause);
  const { line, heredocs, escape } = clause;
  const text = requireRest(clause);
  const keyword = text.split(/\s/, 1)[0]?.toUpperCase() ?? '';
  if (keyword === 'ONBUILD') throw invalidArgument("chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  if (keyword === 'FROM' || keyword === 'MAINTAINER') {
    throw invalidArgument(`${keyword} isn't allowed as an ONBUILD trigger`);
  }
  parseInstruction({ line, text, heredocs, hasGap: false }, escape);
  const bodies = heredocs.map(({ name, body }) => `\n${body}${name}`);
  return { ...writtenOf(clause), keyword: 'ONBUILD', trigger: text + bodies.join('') };
}
