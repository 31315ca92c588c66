import { type Digest, digestOf } from '../image/digest.ts';
import { encodeConfig, type ImageDocument } from '../roots/make-image.ts';
import type { BuildHistory, Position } from './build.ts';
import { documentOf } from './language/start-stage.ts';

/** The configuration of the image that a stage is at a position, if it was made then. RFC 3339. */
export function imageDocumentOf({ state, history }: Position, created: string): ImageDocument {
  const document = documentOf(state);
  const before = Array.isArray(document['history']) ? (document['history'] as object[]) : [];
  return { ...document, created, history: [...before, ...entriesOf(history, created)] };
}

/** The id of that image. */
export function imageIdOf(position: Position, created: string): Digest {
  return digestOf(encodeConfig(imageDocumentOf(position, created), diffIdsOf(position)));
}

const diffIdsOf = ({ layers }: Position): Digest[] => layers.map(({ diffId }) => diffId);

/** Steps without files are as old as the next that has some. */
function entriesOf(history: readonly BuildHistory[], created: string): object[] {
  let next = created;
  const entries = history.toReversed().map(({ createdBy, created: at, isEmpty }) => {
    next = at ?? next;
    return { created: next, created_by: createdBy, ...(isEmpty ? { empty_layer: true } : {}) };
  });
  return entries.reverse();
}
