import { invalidArgument } from '@arcbox/errors';

type Kind = 'text' | 'texts' | 'truth';

/** The `--name=value` words of an instruction, checked against those it knows. */
export class Flags {
  readonly #values = new Map<string, string[]>();

  constructor(words: readonly string[], known: { readonly [name: string]: Kind }) {
    for (const word of words) {
      const [flag = '', value] = cut(word);
      const name = flag.slice('--'.length);
      const kind = Object.hasOwn(known, name) ? known[name] : undefined;
      if (kind === undefined) throw invalidArgument(`unknown flag: ${flag}`);
      if (this.#values.has(name) && kind !== 'texts') throw invalidArgument(`duplicate flag specified: ${flag}`);
      this.#values.set(name, [...this.texts(name), checked(flag, value, kind)]);
    }
  }

  /** Empty when the flag is absent. */
  text(name: string): string {
    return this.texts(name)[0] ?? '';
  }

  texts(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  truth(name: string): boolean | undefined {
    const value = this.texts(name)[0];
    return value === undefined ? undefined : value === 'true';
  }
}

function cut(word: string): [string, string?] {
  const at = word.indexOf('=');
  return at < 0 ? [word] : [word.slice(0, at), word.slice(at + 1)];
}

function checked(flag: string, value: string | undefined, kind: Kind): string {
  if (kind === 'truth' && value === undefined) return 'true';
  if (value === undefined || (kind === 'truth' && value === '')) {
    throw invalidArgument(`missing a value on flag: ${flag}`);
  }
  if (kind !== 'truth') return value;
  const truth = value.toLowerCase();
  if (truth === 'true' || truth === 'false') return truth;
  throw invalidArgument(`expecting boolean value for flag ${flag}, not: ${value}`);
}
