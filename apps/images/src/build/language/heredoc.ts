import type { Heredoc } from './instruction.ts';
import { expandWord } from './expand.ts';

/** `<<EOF`, `<<-EOF`, `<<"EOF"` or `3<<EOF`: how a heredoc begins. */
export type Opening = Pick<Heredoc, 'name' | 'expands' | 'stripsTabs'>;

/** The heredocs that a line of a shell opens, in order. */
export function findOpenings(line: string): Opening[] {
  return splitShellWords(line).flatMap((word) => parseOpening(word) ?? []);
}

export function parseOpening(word: string): Opening | undefined {
  const [, dash, rest = ''] = /^\d*<<(-?)\s*([^<]*)$/.exec(word) ?? [];
  if (rest === '' || splitShellWords(rest).length !== 1) return undefined;
  const name = expandWord(rest, (variable) => `$${variable}`, { escape: '\\' });
  if (name === '') return undefined;
  return { name, expands: !/["']/.test(rest), stripsTabs: dash === '-' };
}

/** Whether `line` is the one that ends the heredoc. */
export function isClosing(line: string, { name, stripsTabs }: Opening): boolean {
  const text = withoutEnd(line);
  return (stripsTabs ? text.replace(/^\t+/, '') : text) === name;
}

/** The body as its reader sees it, before variables. */
export function contentOf({ body, stripsTabs }: Heredoc): string {
  return stripsTabs ? body.replace(/^\t+/gm, '') : body;
}

/** The line without what ends it. */
export function withoutEnd(line: string): string {
  let length = line.length;
  while (line[length - 1] === '\n' || line[length - 1] === '\r') length--;
  return line.slice(0, length);
}

/** Words as a shell sees them, quotes and escapes kept; a line with an open quote has none. */
function splitShellWords(line: string): string[] {
  const words: string[] = [];
  let word = '';
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    // Between << and the name there may be spaces.
    if (quote === '' && /\s/.test(character) && !/^\d*<<-?\s*$/.test(word)) {
      if (word !== '') words.push(word);
      word = '';
      continue;
    }
    word += character;
    if (character === '\\' && quote !== "'") word += line.charAt(++at);
    else if (character === quote) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
  }
  if (quote !== '') return [];
  return word === '' ? words : [...words, word];
}
