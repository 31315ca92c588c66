import { type Ignore, parseIgnore } from '@arcbox/dockerignore';
import type { BuildOptions } from '../options.ts';
import { readText } from './read-in-root.ts';
import type { SourceTree } from './source-tree.ts';

export type { Ignore };

/**
 * What stays out of a context: the Dockerfile's own list if it has one, which is
 * `<dockerfile>.dockerignore` beside it or comes with the options; else the
 * context's `.dockerignore`. Neither these files nor the Dockerfile are special:
 * they may be left out of COPY, and the builder reads them all the same.
 */
export function readIgnore(
  context: SourceTree,
  { dockerfile, dockerfileContent, dockerignore }: Pick<BuildOptions, 'dockerfile' | 'dockerfileContent' | 'dockerignore'>,
): Ignore | undefined {
  const own = dockerignore ?? (dockerfileContent ? undefined : readText(context, `${dockerfile || 'Dockerfile'}.dockerignore`));
  const text = own ?? readText(context, '.dockerignore');
  return text === undefined ? undefined : parseIgnore(text);
}
