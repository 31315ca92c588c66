import { splitTag } from './reference.ts';

/** A name as the list shows it; what is missing is `<none>`. */
export interface ImageName {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

const none = '<none>';

/** All names of an image; with `digests` each digest of a repository gets a line with each of its tags. */
export function namesOf(
  image: { repoTags: readonly string[]; repoDigests: readonly string[] },
  digests: boolean,
): ImageName[] {
  const tagged = image.repoTags
    .filter((name) => name !== '<none>:<none>')
    .map((name) => splitTag(name))
    .map(({ repo, tag }) => ({ repository: repo, tag }));
  const digested = image.repoDigests.map((name) => {
    const [repository = '', digest = none] = name.split('@');
    return { repository, digest };
  });
  const digestsOf = (repository: string): string[] => {
    const found = digests
      ? digested.filter((entry) => entry.repository === repository).map(({ digest }) => digest)
      : [];
    return found.length > 0 ? found : [none];
  };
  const names = tagged.flatMap(({ repository, tag }) =>
    digestsOf(repository).map((digest) => ({ repository, tag, digest })),
  );
  // Pulled by digest: a repository, but no tag.
  const untagged = digested
    .filter(({ repository }) => repository !== none && !tagged.some((name) => name.repository === repository))
    .map(({ repository, digest }) => ({ repository, tag: none, digest: digests ? digest : none }));
  const all = [...names, ...untagged];
  return all.length > 0 ? all : [{ repository: none, tag: none, digest: none }];
}
