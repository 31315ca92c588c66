import { invalidArgument } from '@arcbox/errors';
import type { Escape } from './instruction.ts';

/** Splits at white space outside of quotes. Quotes and escapes stay: expansion takes them away. */
export function splitWords(text: string, escape: Escape): string[] {
  const words: string[] = [];
  let word = '';
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (quote === '' && /\s/.test(character)) {
      if (word !== '') words.push(word);
      word = '';
    } else if (character === escape && quote !== "'") {
      // An escape at the very end escapes nothing.
      if (at + 1 < text.length) word += character + text.charAt(++at);
    } else {
      if (quote === '' && (character === '"' || character === "'")) quote = character;
      else if (character === quote) quote = '';
      word += character;
    }
  }
  if (word !== '') words.push(word);
  return words;
}

/** The `--flags` that come first, without their quotes, and the text after them. `--` ends them. */
export function splitFlags(text: string, escape: Escape): { flags: string[]; rest: string } {
  const flags: string[] = [];
  let rest = text.trimStart();
  while (rest.startsWith('--')) {
    const { word, length } = readFlag(rest, escape);
    rest = rest.slice(length).trimStart();
    if (word === '--') break;
    flags.push(word);
  }
  return { flags, rest: rest.trimEnd() };
}

function readFlag(text: string, escape: Escape): { word: string; length: number } {
  let word = '';
  let quote = '';
  let at = 0;
  for (; at < text.length; at++) {
    const character = text.charAt(at);
    if (quote === '' && /\s/.test(character)) break;
    if (character === escape) word += text.charAt(++at);
    else if (character === quote) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else word += character;
  }
  return { word, length: at };
}

/** The strings of a JSON array; undefined when the text is none. An array of other things is refused. */
export function parseJsonWords(text: string): string[] | undefined {
  const list = parseJsonArray(text);
  if (list === undefined) return undefined;
  if (list.every((item): item is string => typeof item === 'string')) return list;
  throw invalidArgument('when using JSON array syntax, arrays must be comprised of strings only');
}

function parseJsonArray(text: string): unknown[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
