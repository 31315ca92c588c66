import type { Content } from '../store/content.ts';
import type { Digest } from '../image/digest.ts';
import { findImage } from './find-image.ts';
import { type HistoryRecord, parseHistory } from '../image/image-config.ts';
import { familiarName, namesOf } from '../image/names.ts';
import type { ImageRecord, Records } from '../store/records.ts';

/** One step of the making of an image. */
export interface HistoryStep extends HistoryRecord {
  /** Image that this step made; undefined when it is not known here. */
  readonly id?: Digest;
  /** Bytes of the files of its layer. */
  readonly size: number;
  /** Familiar names of that image. */
  readonly tags: readonly string[];
}

/** How an image was made, newest step first. */
export function historyOf(records: Records, content: Content, text: string): HistoryStep[] {
  const { image } = findImage(records, text);
  const steps = stepsOf(content, image);
  const made = new Map<number, ImageRecord>();
  // An image is known by the number of its steps, the last of which made it.
  for (const ancestor of lineage(records, image)) made.set(stepsOf(content, ancestor).length - 1, ancestor);
  const layers = image.diffIds.values();
  return steps
    .map((step, index): HistoryStep => {
      const maker = made.get(index);
      return {
        ...step,
        id: maker?.id,
        size: step.isEmpty ? 0 : (records.layers.get(layers.next().value ?? '')?.size ?? 0),
        tags: maker ? namesOf(records, maker.id, 'tag').map(familiarName) : [],
      };
    })
    .reverse();
}

/** The image and those it was built on, as far as they are here. */
function* lineage(records: Records, image: ImageRecord): Generator<ImageRecord> {
  const seen = new Set<Digest>();
  for (let next: ImageRecord | undefined = image; next && !seen.has(next.id);) {
    seen.add(next.id);
    yield next;
    next = next.parent === undefined ? undefined : records.images.get(next.parent);
  }
}

/** What the configuration tells, oldest first, and a step without words for each layer it does not tell of. */
function stepsOf(content: Content, { id, diffIds }: ImageRecord): HistoryRecord[] {
  const told = parseHistory(content.read(id), id);
  const untold = diffIds.length - told.filter(({ isEmpty }) => !isEmpty).length;
  return [...told, ...Array.from({ length: Math.max(untold, 0) }, () => silent)];
}

const silent: HistoryRecord = { created: '', createdBy: '', comment: '', isEmpty: false };
