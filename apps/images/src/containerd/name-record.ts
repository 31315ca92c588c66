import { isKind, notFound } from '@arcbox/errors';
import { type ImageEngine, noteEvent } from '../engine.ts';
import { familiarName } from '../image/names.ts';
import type { Descriptor } from '../image/manifest.ts';
import { formatReference, parseReference, type Reference, repositoryOf } from '@arcbox/reference';
import type { NameRecord, Records } from '../store/records.ts';
import { type Meaning, meaningOf } from './meaning.ts';
import type { CheckedValues } from './name-values.ts';

/** A name that somebody gave. Those that only tell where an image came from are none of containerd's. */
export function findName({ names }: Records, name: string): NameRecord {
  const record = names.get(name);
  if (!record?.explicit) throw notFound(`image ${name}: not found`);
  return record;
}

/** Points a name at a target; call it in a transaction, holding the lease `content`. */
export function writeName(
  engine: ImageEngine,
  id: string,
  { labels, target }: CheckedValues,
  before: NameRecord | undefined,
): NameRecord {
  const now = new Date().toISOString();
  const place = placeOf(id, target.digest);
  const record: NameRecord = {
    id,
    ...place,
    explicit: true,
    target,
    ...(place.kind === 'other' ? {} : (meaningBefore(before, target) ?? meaningOf(engine, target))),
    labels,
    createdAt: before?.createdAt ?? now,
    updatedAt: now,
  };
  engine.records.names.put(record);
  noteMove(engine, before, record);
  return record;
}

/** A name keeps its image as long as it keeps its target. */
function meaningBefore(before: NameRecord | undefined, { digest, size, mediaType }: Descriptor): Meaning | undefined {
  if (before?.image === undefined || before.manifest === undefined) return undefined;
  const isSame = before.target.digest === digest && before.target.size === size && before.target.mediaType === mediaType;
  return isSame ? { manifest: before.manifest, image: before.image, held: before.held } : undefined;
}

/** A name that is not as we write it, or promises another digest, stands for no image. */
function placeOf(id: string, target: string): Pick<NameRecord, 'kind' | 'repository'> {
  const reference = parse(id);
  const isOther = !reference || formatReference(reference) !== id || (reference.digest ?? target) !== target;
  if (isOther) return { kind: 'other', repository: '' };
  return { kind: reference.digest === undefined ? 'tag' : 'digest', repository: repositoryOf(reference) };
}

function parse(id: string): Reference | undefined {
  try {
    return parseReference(id);
  } catch (error) {
    if (isKind(error, 'invalid-argument')) return undefined;
    throw error;
  }
}

/** Tells those who watch images; a name without one is nothing to them. */
function noteMove(engine: ImageEngine, before: NameRecord | undefined, { id, image }: NameRecord): void {
  if (before?.image === image) return;
  const [action, subject] = image === undefined ? (['untag', before?.image] as const) : (['tag', image] as const);
  const record = subject === undefined ? undefined : engine.records.images.get(subject);
  if (record) noteEvent(engine, action, record, familiarName({ id }));
}
