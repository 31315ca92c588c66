import { invalidArgument } from '@arcbox/errors';
import { readEscape } from './directives.ts';
import type { ArgInstruction, Dockerfile, Escape, FromInstruction, Instruction } from './instruction.ts';
import { type LogicalLine, readLogicalLines } from './logical-lines.ts';
import { atLine, parseFailure } from './parse-failure.ts';
import { parseInstruction } from './parse-instruction.ts';

/** Larger Dockerfiles are refused; characters. */
const maxText = 4 * 1024 * 1024;

/** Reads a Dockerfile. INVALID_ARGUMENT names the line: `dockerfile parse error on line 3: unknown instruction: X`. */
export function parseDockerfile(text: string): Dockerfile {
  if (text.length > maxText) throw invalidArgument(`the Dockerfile is longer than ${maxText} characters`);
  if (text.trim() === '') throw invalidArgument('the Dockerfile cannot be empty');
  if (text.includes('\0')) throw invalidArgument('the Dockerfile is not text: it holds a NUL character');
  const lines = splitLines(text);
  const escape = readEscape(lines);
  const globalArgs: ArgInstruction[] = [];
  const stages: { from: FromInstruction; instructions: Instruction[] }[] = [];
  const warnings: string[] = [];
  for (const logical of readLogicalLines(lines, escape)) {
    if (logical.hasGap) warnings.push(gapWarning(logical));
    const instruction = atLine(logical.line, () => parseInstruction(logical, escape));
    if (instruction.keyword === 'FROM') stages.push({ from: instruction, instructions: [] });
    else if (stages.length > 0) stages.at(-1)?.instructions.push(instruction);
    else if (instruction.keyword === 'ARG') globalArgs.push(instruction);
    else throw parseFailure(logical.line, 'no build stage in current context: a FROM must come first');
  }
  if (globalArgs.length + stages.length === 0) throw invalidArgument('the Dockerfile has no instructions');
  if (stages.length === 0) throw invalidArgument('dockerfile contains no stages to build');
  return { escape, globalArgs, stages, warnings };
}

/** Reads the ONBUILD instructions of a base image; they stand where its FROM does. */
export function parseTriggers(triggers: readonly string[], line: number, escape: Escape): Instruction[] {
  return triggers.map((trigger) =>
    atLine(line, () => {
      const instruction = parseOne(trigger, line, escape);
      const { keyword } = instruction;
      if (keyword !== 'FROM' && keyword !== 'ONBUILD' && keyword !== 'MAINTAINER') return instruction;
      throw invalidArgument(`${keyword} isn't allowed as an ONBUILD trigger`);
    }),
  );
}

/** Reads an instruction that stands alone. */
export function parseOne(text: string, line: number, escape: Escape): Instruction | FromInstruction {
  const [logical, more] = [...readLogicalLines(splitLines(text), escape)];
  if (logical !== undefined && more === undefined) return parseInstruction({ ...logical, line }, escape);
  throw invalidArgument(`${JSON.stringify(text)} is not one instruction`);
}

/** Lines with their ends; without a byte order mark. */
function splitLines(text: string): string[] {
  return text.replace(/^\uFEFF/, '').split(/(?<=\n)/);
}

function gapWarning({ line, text }: LogicalLine): string {
  return `Empty continuation line found in: ${text} (line ${line})`;
}
