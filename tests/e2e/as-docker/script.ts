import { hello } from '../engine.ts';

/** A command line of a case, as a person types it behind `docker` or `arcbox`. */
export interface Line {
  readonly text: string;
  readonly input?: string;
  /** Compare no output: it differs by its nature, like an id or a time. */
  readonly quiet?: boolean;
}

/** The same few commands for both; lines run one after the other. */
export interface Case {
  readonly name: string;
  readonly lines: readonly (string | Line)[];
}

/**
 * Words of a line, quoted as in a shell: `'…'` as it is, `"…"` with `\"` and `\n`.
 * IMG is the image; `run` and `create` are without a network unless they name one.
 */
export function wordsOf(text: string): string[] {
  const words = [...text.matchAll(/(?:[^\s'"]|'[^']*'|"(?:[^"\\]|\\.)*")+/g)].map(([word]) =>
    word.replace(/'([^']*)'|"((?:[^"\\]|\\.)*)"/g, (_, plain?: string, escaped?: string) => plain ?? unescape(escaped ?? '')),
  );
  const [command = '', ...rest] = words.map((word) => (word === 'IMG' ? hello : word));
  const options = rest.slice(0, Math.max(0, rest.indexOf(hello)));
  const isolated = ['run', 'create'].includes(command) && !options.some((word) => /^(--net(work)?\b|-p|-P|--ip)/.test(word));
  return [command, ...(isolated && rest.includes(hello) ? ['--network', 'none'] : []), ...rest];
}

const unescape = (text: string): string => text.replace(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));

export const lineOf = (line: string | Line): Line => (typeof line === 'string' ? { text: line } : line);
