import { posix } from 'node:path';
import { invalidArgument } from '@arcbox/errors';
import { parsePattern, type Pattern } from './pattern.ts';

/** What a `.dockerignore` leaves out of a build context. Paths are relative, with `/`, and do not end in one. */
export interface Ignore {
  excludes(path: string): boolean;
  /** Whether something below a directory that is left out may be taken in again by a `!` line. */
  includesBelow(directory: string): boolean;
}

interface Rule {
  readonly pattern: Pattern;
  /** A `!` line: takes in again. */
  readonly includes: boolean;
}

/**
 * Reads the lines of a `.dockerignore`; the last one that fits a path, or a
 * directory above it, decides. INVALID_ARGUMENT, in the name of `where`, for a
 * pattern that cannot be read.
 * https://docs.docker.com/build/concepts/context/#dockerignore-files
 */
export function parseIgnore(text: string, where = '.dockerignore'): Ignore {
  const rules = text.replace(/^\ufeff/, '').split('\n').flatMap((line) => parseLine(line, where));
  const inclusions = rules.filter(({ includes }) => includes);
  return {
    excludes(path) {
      let excluded = false;
      for (const { pattern, includes } of rules) {
        if (includes === excluded && pattern.covers(path)) excluded = !includes;
      }
      return excluded;
    },
    includesBelow: (directory) => inclusions.some(({ pattern }) => pattern.reachesBelow(directory)),
  };
}

function parseLine(line: string, where: string): Rule[] {
  if (line.startsWith('#')) return [];
  const written = line.trim();
  const includes = written.startsWith('!');
  const body = includes ? written.slice(1).trim() : written;
  if (body === '') {
    if (includes) throw invalidArgument(`${where}: nothing follows the ! of a line`);
    return [];
  }
  const path = posix.normalize(body).replace(/(?<=.)\/$/, '').replace(/^\/(?=.)/, '');
  // Docker skips a lone dot: it would leave out everything.
  return path === '.' ? [] : [{ pattern: parsePattern(path, where), includes }];
}
