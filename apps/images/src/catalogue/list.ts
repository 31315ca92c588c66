import { findImage } from './find-image.ts';
import { type Filters, matchesLabel, parseFilters, parseFlag, parseGlob, parseMoment } from './filters.ts';
import { familiarName, familiarRepositoryOf } from '../image/names.ts';
import type { ImageRecord, NameRecord, Records } from '../store/records.ts';

const keys = ['dangling', 'label', 'reference', 'before', 'since', 'until'];

/** One image in a list, with the names that were selected. */
export interface ListedImage {
  readonly record: ImageRecord;
  /** Familiar form. */
  readonly tags: readonly string[];
  readonly digests: readonly string[];
  /** Roots that are made from it. */
  readonly containers: number;
}

/** The images that match, newest first. Intermediate images of builds have no name and a child. */
export function listImages(records: Records, options: { all: boolean; filters: string }): ListedImage[] {
  const filters = parseFilters(options.filters, keys);
  const matches = compile(records, filters);
  const names = Map.groupBy(records.names.all(), ({ image }) => image ?? '');
  const roots = Map.groupBy(records.roots.all(), ({ image }) => image);
  const images = records.images.all();
  const parents = new Set(images.flatMap(({ parent }) => parent ?? []));
  return images
    .map((record) => ({ record, names: (names.get(record.id) ?? []).toSorted((a, b) => a.id.localeCompare(b.id)) }))
    .filter(({ record, names: own }) => options.all || own.some(isTag) || !parents.has(record.id))
    .flatMap(({ record, names: own }) => matches(record, own) ?? [])
    .sort((a, b) => createdAt(b.record) - createdAt(a.record))
    .map(({ record, names: own }) => ({
      record,
      tags: own.filter(isTag).map(familiarName),
      digests: own.filter((name) => !isTag(name)).map(familiarName),
      containers: roots.get(record.id)?.length ?? 0,
    }));
}

interface Candidate {
  readonly record: ImageRecord;
  readonly names: readonly NameRecord[];
}

/** A function that returns the image with the names that match, or undefined. */
function compile(
  records: Records,
  filters: Filters,
): (record: ImageRecord, names: readonly NameRecord[]) => Candidate | undefined {
  const dangling = parseFlag(filters, 'dangling');
  const labels = filters.get('label') ?? [];
  const globs = filters.get('reference')?.map(parseGlob);
  const of = (key: string): number[] =>
    (filters.get(key) ?? []).map((text) => createdAt(findImage(records, text).image));
  const before = Math.max(...of('before'));
  const since = Math.min(...of('since'));
  const until = Math.max(...(filters.get('until') ?? []).map((text) => parseMoment(text, 'until')));
  return (record, names) => {
    if (dangling !== undefined && dangling === names.some(isTag)) return undefined;
    if (!labels.every((label) => matchesLabel(record.labels, label))) return undefined;
    if (filters.has('before') && createdAt(record) >= before) return undefined;
    if (filters.has('since') && createdAt(record) <= since) return undefined;
    if (filters.has('until') && createdAt(record) >= until) return undefined;
    if (!globs) return { record, names };
    const matching = names.filter((name) =>
      globs.some((glob) => glob.test(familiarName(name)) || glob.test(familiarRepositoryOf(name))),
    );
    return matching.length > 0 ? { record, names: matching } : undefined;
  };
}

const isTag = ({ kind }: NameRecord): boolean => kind === 'tag';

/** Milliseconds; images that do not say come last. */
const createdAt = ({ created }: ImageRecord): number => Date.parse(created) || 0;
