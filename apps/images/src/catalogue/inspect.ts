import type { Content } from '../store/content.ts';
import { findImage } from './find-image.ts';
import { type ImageConfig, parseImageConfig } from '../image/image-config.ts';
import { familiarName, namesOf } from '../image/names.ts';
import type { ImageRecord, Records } from '../store/records.ts';

/** Everything known about one image. */
export interface InspectedImage {
  readonly record: ImageRecord;
  readonly config: ImageConfig;
  /** Familiar form. */
  readonly tags: readonly string[];
  readonly digests: readonly string[];
}

export function inspectImage(records: Records, content: Content, text: string): InspectedImage {
  const { image } = findImage(records, text);
  return {
    record: image,
    config: parseImageConfig(content.read(image.id), image.id),
    tags: namesOf(records, image.id, 'tag').map(familiarName),
    digests: namesOf(records, image.id, 'digest').map(familiarName),
  };
}
