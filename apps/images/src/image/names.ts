import type { Digest } from './digest.ts';
import type { NameRecord, Records } from '../store/records.ts';
import { familiarRepository, formatFamiliar, parseReference } from '@arcbox/reference';

export function familiarName({ id }: Pick<NameRecord, 'id'>): string {
  return formatFamiliar(parseReference(id));
}

/** `nginx@sha256:…` or the tags of an image, familiar form, sorted. */
export function namesOf(records: Records, image: Digest, kind: NameRecord['kind']): NameRecord[] {
  return records.names
    .findBy('image', image)
    .filter((name) => name.kind === kind)
    .sort((a, b) => a.id.localeCompare(b.id));
}

/** The short form of the repository in a full name. */
export function familiarRepositoryOf({ id }: NameRecord): string {
  return familiarRepository(parseReference(id));
}
