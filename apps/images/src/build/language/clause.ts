import { invalidArgument } from '@arcbox/errors';
import { Flags } from './flags.ts';
import type { CommandLine, Escape, Heredoc, Written } from './instruction.ts';
import type { LogicalLine } from './logical-lines.ts';
import { parseJsonWords, splitFlags } from './words.ts';

/** An instruction taken apart as far as all of them are alike. */
export interface Clause extends Written {
  /** Upper case. */
  readonly keyword: string;
  readonly flags: readonly string[];
  readonly rest: string;
  readonly heredocs: readonly Heredoc[];
  readonly escape: Escape;
}

export function readClause({ line, text, heredocs }: LogicalLine, escape: Escape): Clause {
  const [, word = '', after = ''] = /^(\S+)\s*([^]*)$/.exec(text) ?? [];
  const { flags, rest } = splitFlags(after, escape);
  return { line, text, keyword: word.toUpperCase(), flags, rest, heredocs, escape };
}

/** For an instruction that knows no flags. */
export function refuseFlags({ flags }: Clause): void {
  new Flags(flags, {});
}

export function requireRest({ keyword, rest }: Clause, wanted = 'at least one argument'): string {
  if (rest === '') throw invalidArgument(`${keyword} requires ${wanted}`);
  return rest;
}

export function parseCommandLine(rest: string): CommandLine {
  const exec = parseJsonWords(rest);
  return exec === undefined ? { shell: rest } : { exec };
}

/** Words of a JSON array, or between white space. */
export function parseList(rest: string): string[] {
  return parseJsonWords(rest) ?? rest.split(/\s+/).filter((word) => word !== '');
}

/** Where the instruction stands and how it reads. */
export function writtenOf({ line, text }: Clause): Written {
  return { line, text };
}
