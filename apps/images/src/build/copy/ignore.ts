import { type Ignore, parseIgnore } from '@arcbox/dockerignore';
import type { BuildOptions } from '../options.ts';
import { readText } from './read-in-root.ts';
import type { SourceTree } from './source-tree.ts';

export type { Ignore };

/**
 * What stays out of a context: `<dockerfile>.dockerignore` if there is one,
 * else `.dockerignore`, as for a Dockerfile that is not in the context. Neither these files nor the Dockerfile are special:
 * they may be left out of COPY, and the builder reads them all the same.
 */
export function readIgnore(
  context: SourceTree,
  { dockerfile, dockerfileContent }: Pick<BuildOptions, 'dockerfile' | 'dockerfileContent'>,
): Ignore | undefined {
  const own = dockerfileContent ? undefined : readText(context, `${dockerfile || 'Dockerfile'}.dockerignore`);
  const text = own ?? readText(context, '.dockerignore');
  return text === undefined ? undefined : parseIgnore(text);
}
