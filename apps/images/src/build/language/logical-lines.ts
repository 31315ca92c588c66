import { findOpenings, isClosing, type Opening, withoutEnd } from './heredoc.ts';
import type { Escape, Heredoc } from './instruction.ts';
import { atLine, parseFailure } from './parse-failure.ts';
import { parseJsonWords, splitFlags } from './words.ts';

/** An instruction before its grammar: lines joined, comments gone. */
export interface LogicalLine {
  readonly line: number;
  readonly text: string;
  readonly heredocs: readonly Heredoc[];
  /** An empty line stood between two that belong together. */
  readonly hasGap: boolean;
}

/** Splits a Dockerfile into instructions. `lines` keep their ends. */
export function* readLogicalLines(lines: readonly string[], escape: Escape): Generator<LogicalLine> {
  let at = 0;
  while (at < lines.length) {
    if (isPassedOver(lines[at] ?? '')) {
      at++;
      continue;
    }
    const line = at + 1;
    const { text, hasGap, next } = joinLines(lines, at, escape);
    at = next;
    const heredocs: Heredoc[] = [];
    for (const opening of atLine(line, () => openingsOf(text, escape))) {
      const { body, next } = readBody(lines, at, opening, line);
      heredocs.push({ ...opening, body });
      at = next;
    }
    if (text !== '') yield { line, text, heredocs, hasGap };
  }
}

/** Joins lines as long as they end with the escape; comments and empty lines between them are passed over. */
function joinLines(
  lines: readonly string[],
  first: number,
  escape: Escape,
): { text: string; hasGap: boolean; next: number } {
  let text = '';
  let hasGap = false;
  let next = first;
  for (let continues = true; continues && next < lines.length; next++) {
    const line = withoutEnd(lines[next] ?? '');
    if (line.trim() === '') hasGap = true;
    if (isPassedOver(line)) continue;
    const part = withoutContinuation(line, escape);
    text += part ?? line;
    continues = part !== undefined;
  }
  return { text: text.trim(), hasGap, next };
}

/** Comments and empty lines. */
function isPassedOver(line: string): boolean {
  const text = line.trimStart();
  return text === '' || text.startsWith('#');
}

/** The line without the escape at its end; undefined when it has none, or one that is escaped itself. */
function withoutContinuation(line: string, escape: Escape): string | undefined {
  const text = line.trimEnd();
  return text.endsWith(escape) && text.at(-2) !== escape ? text.slice(0, -1) : undefined;
}

function openingsOf(text: string, escape: Escape): Opening[] {
  if (!text.includes('<<')) return [];
  const [, keyword = '', rest = ''] = /^(\S+)\s*([^]*)$/.exec(text) ?? [];
  if (keyword.toUpperCase() === 'ONBUILD') return openingsOf(rest, escape);
  if (!['RUN', 'COPY', 'ADD'].includes(keyword.toUpperCase())) return [];
  return parseJsonWords(splitFlags(rest, escape).rest) === undefined ? findOpenings(text) : [];
}

function readBody(
  lines: readonly string[],
  first: number,
  opening: Opening,
  line: number,
): { body: string; next: number } {
  for (let at = first; at < lines.length; at++) {
    if (isClosing(lines[at] ?? '', opening)) return { body: lines.slice(first, at).join(''), next: at + 1 };
  }
  throw parseFailure(line, `unterminated heredoc ${opening.name}`);
}
