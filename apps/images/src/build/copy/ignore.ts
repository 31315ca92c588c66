import { type Ignore, parseIgnore } from '@arcbox/dockerignore';
import { readText } from './read-in-root.ts';
import type { SourceTree } from './source-tree.ts';

export type { Ignore };

/**
 * What stays out of a context: `<dockerfile>.dockerignore` if there is one,
 * else `.dockerignore`. Neither these files nor the Dockerfile are special:
 * they may be left out of COPY, and the builder reads them all the same.
 */
export function readIgnore(context: SourceTree, dockerfile: string): Ignore | undefined {
  const text = readText(context, `${dockerfile}.dockerignore`) ?? readText(context, '.dockerignore');
  return text === undefined ? undefined : parseIgnore(text);
}
