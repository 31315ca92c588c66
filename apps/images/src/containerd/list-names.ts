import type { NameRecord, Records } from '../store/records.ts';
import { entryAt, type Fields, parseFilters } from './filter.ts';

/** The names that somebody gave and that match any of the filters, in order. */
export function listNames({ names }: Records, filters: readonly string[]): NameRecord[] {
  const matches = parseFilters(filters);
  return names
    .all()
    .filter((name) => name.explicit && matches(fieldsOf(name)))
    .sort((a, b) => Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)));
}

/** The fields that containerd has for an image. */
function fieldsOf({ id, labels, target }: NameRecord): Fields {
  return ([field, ...rest]) => {
    switch (field) {
      case 'name':
        return id;
      case 'labels':
        return entryAt(labels, rest);
      case 'annotations':
        return entryAt(target.annotations ?? {}, rest);
      case 'target':
        return rest[0] === 'annotations' ? entryAt(target.annotations ?? {}, rest.slice(1)) : ofTarget(target, rest[0]);
      default:
        return undefined;
    }
  };
}

function ofTarget({ digest, mediaType }: NameRecord['target'], field: string | undefined): string | undefined {
  if (field === 'digest') return digest;
  return field === 'mediatype' ? mediaType : undefined;
}
