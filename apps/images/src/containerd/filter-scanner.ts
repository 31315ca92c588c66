import { invalidArgument } from '@arcbox/errors';

const space = /\p{White_Space}/u;
const fieldCharacter = /^[A-Za-z0-9_]$/;
const operatorCharacter = /^[=!~]$/;
const valueCharacter = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u;
const quote = /^["/|]$/;

const simpleEscapes: { readonly [character: string]: number } = {
  a: 0x07,
  b: 0x08,
  f: 0x0c,
  n: 0x0a,
  r: 0x0d,
  t: 0x09,
  v: 0x0b,
  '\\': 0x5c,
};

/** Digits and base of the escapes that are numbers. */
const numericEscapes: { readonly [character: string]: { readonly digits: number; readonly base: 16 } } = {
  x: { digits: 2, base: 16 },
  u: { digits: 4, base: 16 },
  U: { digits: 8, base: 16 },
};

const maxCodePoint = 0x10ffff;

/** Reads the words of a filter from left to right. Space before a word is skipped, elsewhere it is not. */
export class FilterScanner {
  readonly #text: string;
  readonly #characters: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#characters = Array.from(text);
    // What was no UTF-8 has come as U+FFFD.
    if (/[\0\uFFFD]/.test(text)) throw this.error('a character that is not allowed');
  }

  /** The next character, be it space; undefined at the end. */
  peek(): string | undefined {
    return this.#characters[this.#at];
  }

  /** Takes the next character if it is `character`. */
  take(character: string): boolean {
    if (this.peek() !== character) return false;
    this.#at++;
    return true;
  }

  /** A part of the path of a field: letters, digits and `_`, or text in double quotes. */
  field(): string {
    this.#skipSpace();
    if (this.peek() === '"') return this.#quoted();
    const field = this.#run(fieldCharacter);
    if (field === '') throw this.error('a field was expected');
    return field;
  }

  /** All operator characters that follow; empty when there are none. */
  operator(): string {
    this.#skipSpace();
    return this.#run(operatorCharacter);
  }

  /** A value, quoted or not. Slashes and bars may quote only where `anyQuotes` says so. */
  value(anyQuotes: boolean): string {
    this.#skipSpace();
    const first = this.peek();
    if (first === undefined || /^[.,=!~]$/.test(first)) throw this.error('a value was expected');
    if (!quote.test(first)) {
      this.#at++;
      return first + this.#run(valueCharacter, ',');
    }
    if (first !== '"' && !anyQuotes) throw this.error('only double quotes are allowed here');
    return this.#quoted();
  }

  error(problem: string): Error {
    return invalidArgument(`bad filter ${JSON.stringify(this.#text)}: ${problem} at character ${this.#at + 1}`);
  }

  #skipSpace(): void {
    this.#run(space);
  }

  #run(wanted: RegExp, except?: string): string {
    const from = this.#at;
    for (let next = this.peek(); next !== undefined && next !== except && wanted.test(next); next = this.peek()) this.#at++;
    return this.#characters.slice(from, this.#at).join('');
  }

  /** Text in quotes, with the escapes of Go. */
  #quoted(): string {
    const end = this.#next();
    const bytes: number[] = [];
    for (let next = this.#next(); next !== end; next = this.#next()) {
      if (next === '\n') throw this.error('a line ends within quotes');
      bytes.push(...(next === '\\' ? this.#escaped(end) : Buffer.from(next)));
    }
    return Buffer.from(bytes).toString();
  }

  #escaped(end: string): Iterable<number> {
    const character = this.#next();
    const simple = simpleEscapes[character];
    if (simple !== undefined) return [simple];
    if (character === end) return Buffer.from(end);
    const numeric = numericEscapes[character];
    if (!numeric) return this.#octal(character);
    const number = this.#number(this.#digits(numeric.digits), /^[0-9a-fA-F]+$/, numeric.base);
    if (character === 'x') return [number];
    if (number > maxCodePoint) throw this.error('no such character');
    return Buffer.from(String.fromCodePoint(number));
  }

  #octal(first: string): Iterable<number> {
    if (!/^[0-7]$/.test(first)) throw this.error('unknown escape');
    const number = this.#number(first + this.#digits(2), /^[0-7]+$/, 8);
    if (number > 0xff) throw this.error('no such byte');
    return [number];
  }

  #digits(count: number): string {
    return Array.from({ length: count }, () => this.#next()).join('');
  }

  #number(digits: string, allowed: RegExp, base: number): number {
    if (!allowed.test(digits)) throw this.error('bad number in an escape');
    return Number.parseInt(digits, base);
  }

  #next(): string {
    const next = this.peek();
    if (next === undefined) throw this.error('the quotes are not closed');
    this.#at++;
    return next;
  }
}
