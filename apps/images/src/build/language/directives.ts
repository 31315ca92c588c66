import { parseFailure } from './parse-failure.ts';
import type { Escape } from './instruction.ts';

const known = new Set(['syntax', 'escape', 'check']);

/**
 * The escape that the comments at the head of a Dockerfile choose. `# syntax=` and
 * `# check=` are accepted and change nothing. The first other line ends the head.
 */
export function readEscape(lines: readonly string[]): Escape {
  const seen = new Set<string>();
  let escape: Escape = '\\';
  for (const [index, line] of lines.entries()) {
    const [, word = '', value = ''] = /^\s*#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(\S.*)$/.exec(line.trimEnd()) ?? [];
    const name = word.toLowerCase();
    if (!known.has(name)) break;
    if (seen.has(name)) throw parseFailure(index + 1, `only one ${name} parser directive can be used`);
    seen.add(name);
    if (name !== 'escape') continue;
    if (value !== '\\' && value !== '`') {
      throw parseFailure(index + 1, `invalid escape token '${value}' does not match \` or \\`);
    }
    escape = value;
  }
  return escape;
}
