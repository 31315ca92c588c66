import { invalidArgument } from '@arcbox/errors';
import { readText } from './copy/read-in-root.ts';
import type { SourceTree } from './copy/source-tree.ts';
import type { BuildOptions } from './options.ts';

/** The text of the Dockerfile; INVALID_ARGUMENT when it is not there. */
export async function readDockerfile(context: SourceTree, { dockerfile, dockerfileContent }: BuildOptions): Promise<string> {
  if (dockerfileContent) return dockerfileContent.toString('utf8');
  const path = dockerfile || 'Dockerfile';
  const text = readText(context, path);
  if (text === undefined) throw invalidArgument(`failed to read dockerfile: ${path} is not in the build context`);
  return text;
}
