import { type Ignore, parseIgnore } from '@arcbox/dockerignore';
import { readInRoot } from './read-in-root.ts';

export type { Ignore };

/**
 * What stays out of a context: `<dockerfile>.dockerignore` if there is one,
 * else `.dockerignore`. Neither these files nor the Dockerfile are special:
 * they may be left out of COPY, and the builder reads them all the same.
 */
export function readIgnore(directory: string, dockerfile: string): Ignore | undefined {
  const text = readInRoot(directory, `${dockerfile}.dockerignore`) ?? readInRoot(directory, '.dockerignore');
  return text === undefined ? undefined : parseIgnore(text);
}
