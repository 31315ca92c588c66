import { failedPrecondition, isKind } from '@arcbox/errors';
import type { Containers } from '../record/containers.ts';
import type { Images } from '../clients/images-client.ts';
import type { Places } from '../record/places.ts';

export interface ExportDeps {
  readonly containers: Pick<Containers, 'find'>;
  readonly images: Pick<Images, 'exportRoot'>;
  readonly places: Pick<Places, 'root'>;
}

/** A plain tar archive of a container's file system, running or not, without what is mounted in it. */
export async function* exportContainer(
  { containers, images, places }: ExportDeps,
  reference: string,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  const { id, name } = containers.find(reference);
  try {
    yield* images.exportRoot(places.root(id), signal);
  } catch (error) {
    if (isKind(error, 'not-found', 'aborted')) throw failedPrecondition(`container ${name} has no file system any more`, error);
    throw error;
  }
}
