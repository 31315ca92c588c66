import { invalidArgument } from '@arcbox/errors';
import { ExpandedText } from './expanded-text.ts';
import type { Escape } from './instruction.ts';
import { removePrefix, removeSuffix, replaceMatches } from './pattern-removal.ts';

/** The value of a variable; undefined when it is not set. */
export type Lookup = (name: string) => string | undefined;

interface Options {
  readonly escape: Escape;
  /** Quotes are ordinary characters: text of a heredoc. */
  readonly keepsQuotes?: boolean;
}

/** Takes away quotes and escapes and puts in variables: `$x`, `${x}`, `${x:-d}` and so on. */
export function expandWord(word: string, lookup: Lookup, options: Options): string {
  return new Expansion(word, lookup, options).read().text;
}

/** Like expandWord, then split at white space that no quotes protect. */
export function expandWords(word: string, lookup: Lookup, options: Options): string[] {
  return new Expansion(word, lookup, options).read().words();
}

class Expansion {
  readonly #source: string;
  readonly #characters: readonly string[];
  readonly #lookup: Lookup;
  readonly #options: Options;
  #at = 0;

  constructor(source: string, lookup: Lookup, options: Options) {
    this.#source = source;
    this.#characters = [...source];
    this.#lookup = lookup;
    this.#options = options;
  }

  read(): ExpandedText {
    return this.#readUntil(undefined, false);
  }

  /** Up to `stop`, which is taken too. `keepsEscapes`: what follows is a pattern, which reads them itself. */
  #readUntil(stop: string | undefined, keepsEscapes: boolean): ExpandedText {
    const result = new ExpandedText();
    for (;;) {
      const character = this.#peek();
      if (character === undefined) break;
      if (character === stop) {
        this.#at++;
        return result;
      }
      if (character === '$') result.add(this.#readVariable(), true);
      else if (character === "'" && !this.#options.keepsQuotes) result.add(this.#readSingleQuoted(), false);
      else if (character === '"' && !this.#options.keepsQuotes) result.add(this.#readDoubleQuoted(keepsEscapes), false);
      else if (character === this.#options.escape) result.add(this.#readEscaped(keepsEscapes), false);
      else result.add(this.#take(), true);
    }
    if (stop !== undefined) throw this.#failure(`missing '${stop}'`);
    return result;
  }

  /** At the very end an escape is nothing. */
  #readEscaped(keepsEscapes: boolean): string {
    const escape = this.#take();
    return (keepsEscapes ? escape : '') + this.#take();
  }

  #readSingleQuoted(): string {
    const end = this.#characters.indexOf("'", this.#at + 1);
    if (end < 0) throw this.#failure('unexpected end of statement while looking for matching single-quote');
    const text = this.#characters.slice(this.#at + 1, end).join('');
    this.#at = end + 1;
    return text;
  }

  #readDoubleQuoted(keepsEscapes: boolean): string {
    const { escape } = this.#options;
    this.#at++;
    let text = '';
    for (;;) {
      const character = this.#peek();
      if (character === undefined) {
        throw this.#failure('unexpected end of statement while looking for matching double-quote');
      }
      if (character === '$') {
        text += this.#readVariable();
        continue;
      }
      this.#at++;
      if (character === '"') return text;
      const next = this.#peek();
      const isEscape = character === escape && (next === '"' || next === '$' || next === escape);
      text += isEscape ? (keepsEscapes ? escape : '') + this.#take() : character;
    }
  }

  #readVariable(): string {
    this.#at++;
    if (this.#peek() !== '{') {
      const name = this.#readName();
      return name === '' ? '$' : (this.#lookup(name) ?? '');
    }
    this.#at++;
    if (['{', '}', ':'].includes(this.#peek() ?? '')) throw this.#failure('bad substitution');
    const name = this.#readName();
    const modifier = this.#take();
    if (modifier === '}') return this.#lookup(name) ?? '';
    if (modifier === '') throw this.#failure("missing '}'");
    return this.#substitute(name, modifier);
  }

  /** Letters, digits and `_`; or digits alone, or one of the shell's own parameters. */
  #readName(): string {
    const first = this.#peek() ?? '';
    if (/^[@*#?$!-]$/.test(first)) return this.#take();
    const allowed = /^\d$/.test(first) ? /^\d$/ : /^[\p{L}\p{Nd}_]$/u;
    let name = '';
    while (allowed.test(this.#peek() ?? '')) name += this.#take();
    return name;
  }

  #substitute(name: string, modifier: string): string {
    const value = this.#lookup(name);
    switch (modifier) {
      case ':':
        return this.#choose(name, value === '' ? undefined : value, this.#take(), 'empty');
      case '-':
      case '+':
      case '?':
        return this.#choose(name, value, modifier, 'unset');
      case '#':
      case '%':
        return this.#remove(value ?? '', modifier);
      case '/':
        return this.#replace(value ?? '');
      default:
        throw this.#failure(`unsupported modifier (${modifier}) in substitution`);
    }
  }

  #choose(name: string, value: string | undefined, modifier: string, missing: 'unset' | 'empty'): string {
    if (!['-', '+', '?'].includes(modifier)) {
      throw this.#failure(`unsupported modifier (:${modifier}) in substitution`);
    }
    const word = this.#readUntil('}', false).text;
    if (modifier === '-') return value ?? word;
    if (modifier === '+') return value === undefined ? '' : word;
    if (value !== undefined) return value;
    const state = this.#lookup(name) === undefined ? 'unset' : missing;
    throw invalidArgument(`${name}: ${word || `is not allowed to be ${state}`}`);
  }

  #remove(value: string, modifier: '#' | '%'): string {
    const isLongest = this.#peek() === modifier;
    if (isLongest) this.#at++;
    const pattern = this.#readUntil('}', true).text;
    return (modifier === '#' ? removePrefix : removeSuffix)(value, pattern, isLongest);
  }

  #replace(value: string): string {
    const isAll = this.#peek() === '/';
    if (isAll) this.#at++;
    const pattern = this.#readUntil('/', true).text;
    const replacement = this.#readUntil('}', true).text;
    return replaceMatches(value, pattern, replacement, isAll);
  }

  #peek(): string | undefined {
    return this.#characters[this.#at];
  }

  #take(): string {
    return this.#characters[this.#at++] ?? '';
  }

  #failure(why: string): Error {
    return invalidArgument(`failed to process ${JSON.stringify(this.#source)}: ${why}`);
  }
}
