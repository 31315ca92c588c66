import { invalidArgument } from '@arcbox/errors';

/** One pattern of a `.dockerignore`. */
export interface Pattern {
  /** Whether it fits the path or a directory above it. */
  covers(path: string): boolean;
  /** Whether it may fit a path below the directory. */
  reachesBelow(directory: string): boolean;
}

/** What one character of a path has to be, or how many may be anything. */
type Token =
  | { readonly kind: 'one'; fits(character: string): boolean }
  /** `*`: any characters but `/`. */
  | { readonly kind: 'name' }
  /** `**` at the end: anything. */
  | { readonly kind: 'rest' }
  /** `**`: nothing, or what the next token takes. */
  | { readonly kind: 'maybe' }
  /** Anything up to some `/`. */
  | { readonly kind: 'directories' };

/**
 * Reads the pattern language of Go's filepath.Match with `**` for any number of
 * directories. INVALID_ARGUMENT, in the name of `where`, when it cannot be read.
 */
export function parsePattern(source: string, where = '.dockerignore'): Pattern {
  if (!/[*?[\\]/.test(source)) return literal(source);
  const tokens = tokenize(source, where);
  return {
    covers: (path) => walk(tokens, path).has(tokens.length),
    reachesBelow: (directory) => walk(tokens, `${directory}/`).size > 0,
  };
}

function literal(source: string): Pattern {
  return {
    covers: (path) => path.startsWith(source) && (path.length === source.length || path[source.length] === '/'),
    reachesBelow: (directory) => `${source}/`.startsWith(`${directory}/`) || directory.startsWith(`${source}/`),
  };
}

/**
 * The tokens that may come after `text`. All possibilities are followed at once:
 * a pattern that was written to make a matcher try them one by one costs no more than others.
 */
function walk(tokens: readonly Token[], text: string): Set<number> {
  let states = reach(tokens, [0]);
  for (const character of text) {
    // A directory above fits: what is below does not matter.
    if (character === '/' && states.has(tokens.length)) return states;
    states = reach(tokens, step(tokens, states, character));
    if (states.size === 0) break;
  }
  return states;
}

function* step(tokens: readonly Token[], states: ReadonlySet<number>, character: string): Generator<number> {
  for (const state of states) {
    const token = tokens[state];
    if (token?.kind === 'one' && token.fits(character)) yield state + 1;
    else if (token?.kind === 'rest' || (token?.kind === 'name' && character !== '/')) yield state;
    else if (token?.kind === 'directories') {
      yield state;
      if (character === '/') yield state + 1;
    }
  }
}

/** These states and those that are reached from them without a character. */
function reach(tokens: readonly Token[], from: Iterable<number>): Set<number> {
  const states = new Set<number>();
  const add = (state: number): void => {
    if (states.has(state)) return;
    states.add(state);
    const kind = tokens[state]?.kind;
    if (kind === 'name' || kind === 'rest' || kind === 'maybe') add(state + 1);
    if (kind === 'maybe') add(state + 2);
  };
  for (const state of from) add(state);
  return states;
}

function tokenize(source: string, where: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /(?<any>\*\*+\/?)|(?<name>\*)|(?<one>\?)|(?<list>\[(?:\\.|[^\]\\])+\])|\\(?<escaped>.)|(?<plain>[^[\\])/suy;
  while (pattern.lastIndex < source.length) {
    const at = pattern.lastIndex;
    const groups = pattern.exec(source)?.groups;
    if (!groups) throw invalidArgument(`${where}: cannot read pattern ${source}: see character ${at + 1}`);
    if (groups['any']) tokens.push(...(pattern.lastIndex === source.length ? anything : directories));
    else if (groups['name']) tokens.push({ kind: 'name' });
    else if (groups['one']) tokens.push({ kind: 'one', fits: (character) => character !== '/' });
    else if (groups['list']) tokens.push({ kind: 'one', fits: parseList(groups['list'], source, where) });
    else tokens.push(exactly(groups['escaped'] ?? groups['plain'] ?? ''));
  }
  return tokens;
}

const anything: readonly Token[] = [{ kind: 'rest' }];
const directories: readonly Token[] = [{ kind: 'maybe' }, { kind: 'directories' }];

const exactly = (wanted: string): Token => ({ kind: 'one', fits: (character) => character === wanted });

/** `[a-z]`, `[^a-z]`: characters and ranges of them. */
function parseList(list: string, source: string, where: string): (character: string) => boolean {
  const negated = list[1] === '^';
  const body = list.slice(negated ? 2 : 1, -1);
  const ranges = [...body.matchAll(/(?<from>\\.|[^\\])(?:-(?<to>\\.|[^\\]))?/gsu)].map(({ groups }) => {
    const from = (groups?.['from'] ?? '').replace(/^\\(?=.)/su, '');
    const to = (groups?.['to'] ?? from).replace(/^\\(?=.)/su, '');
    if (from > to) throw invalidArgument(`${where}: cannot read pattern ${source}: ${from}-${to} is no range`);
    return { from, to };
  });
  return (character) =>
    character !== '/' && ranges.some(({ from, to }) => from <= character && character <= to) !== negated;
}
