import { setFlagsFromString } from 'node:v8';

// The `l` of an expression: it is executed in linear time or refused, as in Docker, which is written in Go. One
// that backtracks, like (a+)+$, would keep the worker from everything else for minutes.
setFlagsFromString('--enable-experimental-regexp-engine');

/** Whether `text` has `pattern` as a part, or matches it as a /regular expression/ in Docker's way: any text is one. */
export function matchesText(text: string, pattern: string): boolean {
  const inner = /^\/(.*)\/$/.exec(pattern)?.[1] ?? pattern;
  if (text.includes(inner)) return true;
  try {
    return new RegExp(inner, 'l').test(text);
  } catch {
    return false;
  }
}
