import { findImage } from '../catalogue/find-image.ts';
import type { ImageRecord, NameRecord, Records } from '../store/records.ts';
import { parseReference, repositoryOf } from '@arcbox/reference';

/** An image somebody asked for, and the name by which it was found, if it was by name. */
export interface Selected {
  readonly record: ImageRecord;
  readonly name?: NameRecord;
}

/**
 * The images of `texts`, in that order: each an id, a unique prefix of one, a
 * name[:tag] or a name@digest. A repository without a tag means all its tags.
 * NOT_FOUND names the first that is not here.
 */
export function selectImages(records: Records, texts: readonly string[]): Selected[] {
  return texts.flatMap((text) => {
    const tags = isRepository(text) ? tagsOf(records, text) : [];
    if (tags.length > 0) return tags;
    const { image: record, name } = findImage(records, text);
    return [{ record, name }];
  });
}

function tagsOf(records: Records, repository: string): Selected[] {
  return records.names
    .findBy('repository', repositoryOf(parseReference(repository)))
    .filter(({ kind }) => kind === 'tag')
    .sort((a, b) => a.id.localeCompare(b.id))
    .flatMap((name) => {
      const record = name.image === undefined ? undefined : records.images.get(name.image);
      return record ? [{ record, name }] : [];
    });
}

/** Neither a tag nor a digest, nor a whole id. */
function isRepository(text: string): boolean {
  const hasTag = text.lastIndexOf(':') > text.lastIndexOf('/');
  return !hasTag && !text.includes('@') && !/^[0-9a-f]{64}$/.test(text);
}
