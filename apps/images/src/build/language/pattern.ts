import { invalidArgument } from '@arcbox/errors';

/** A part of a shell pattern: a character, any one (`?`) or any number of them (`*`). */
export type PatternPart = { readonly character: string } | 'one' | 'many';

export interface Match {
  readonly start: number;
  readonly end: number;
}

/** Reads a pattern of `${x#…}`, `${x%…}` or `${x/…/…}`. A backslash takes the meaning from `*`, `?` and itself. */
export function parsePattern(text: string): PatternPart[] {
  const characters = [...text];
  const parts: PatternPart[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? '';
    if (character === '*') parts.push('many');
    else if (character === '?') parts.push('one');
    else if (character === '\\') parts.push({ character: escaped(characters[++at], text) });
    else parts.push({ character });
  }
  return parts;
}

function escaped(character: string | undefined, text: string): string {
  if (character !== undefined && '*?\\}/'.includes(character)) return character;
  throw invalidArgument(`invalid pattern (${text}) in substitution: invalid escape '\\${character ?? ''}'`);
}

/**
 * The leftmost match at or after `from`, the longest there unless `shortest`;
 * `anchored` allows no other start. Neither `*` nor `?` matches a line's end.
 *
 * All possible matches advance together, so that no pattern takes more than
 * the product of both lengths.
 */
export function findMatch(
  parts: readonly PatternPart[],
  text: readonly string[],
  options: { from?: number; anchored?: boolean; shortest?: boolean },
): Match | undefined {
  const { from = 0, anchored = false, shortest = false } = options;
  let best: Match | undefined;
  let starts: (number | undefined)[] = [];
  for (let at = from; at <= text.length; at++) {
    if (best === undefined && (at === from || !anchored)) starts[0] = Math.min(starts[0] ?? at, at);
    skipMany(parts, starts);
    const start = starts[parts.length];
    if (start !== undefined && (best === undefined || start <= best.start)) best = { start, end: at };
    if (best !== undefined && shortest) return best;
    const character = text[at];
    if (character === undefined || (best !== undefined && starts.length === 0)) break;
    starts = advance(parts, starts, character);
  }
  return best;
}

/** `*` matches nothing, too. */
function skipMany(parts: readonly PatternPart[], starts: (number | undefined)[]): void {
  parts.forEach((part, index) => {
    const start = starts[index];
    if (part !== 'many' || start === undefined) return;
    starts[index + 1] = Math.min(starts[index + 1] ?? start, start);
  });
}

/** By place in the pattern: where the matches that are there after `character` began. */
function advance(
  parts: readonly PatternPart[],
  starts: readonly (number | undefined)[],
  character: string,
): (number | undefined)[] {
  const next: (number | undefined)[] = [];
  parts.forEach((part, index) => {
    const start = starts[index];
    if (start === undefined) return;
    const isWild = typeof part === 'string';
    if (isWild ? character === '\n' : part.character !== character) return;
    const place = part === 'many' ? index : index + 1;
    next[place] = Math.min(next[place] ?? start, start);
  });
  return next;
}
