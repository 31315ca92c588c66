import { notFound } from '@arcbox/errors';
import type { NameRecord, Records } from '../store/records.ts';
import {
  familiarRepository,
  formatFamiliar,
  formatReference,
  parseReference,
  type Reference,
  repositoryOf,
} from '@arcbox/reference';

/** What a user wants pushed: one name, or all tags of a repository. */
export interface PushReference {
  readonly reference: Reference;
  readonly allTags: boolean;
}

/** As in the Docker Engine API, a repository without tag or digest means all its tags. */
export function parsePushReference(text: string): PushReference {
  return { reference: parseReference(text), allTags: !/[:@][^/]*$/.test(text) };
}

/** The local names to push, tags in order. NOT_FOUND in Docker's words when there is none. */
export function namesToPush({ names }: Records, { reference, allTags }: PushReference): NameRecord[] {
  const repository = familiarRepository(reference);
  const known = names
    .findBy('repository', repositoryOf(reference))
    .filter(({ kind, explicit }) => kind === 'tag' || explicit);
  if (known.length === 0) throw notFound(`an image does not exist locally with the tag: ${repository}`);
  const wanted = known.filter(({ id, kind }) => (allTags ? kind === 'tag' : id === formatReference(reference)));
  if (wanted.length > 0) return wanted.sort((a, b) => a.id.localeCompare(b.id));
  throw notFound(
    allTags ? `no tags to push for ${repository}` : `tag does not exist: ${formatFamiliar(reference)}`,
  );
}
