import { isKind } from '@arcbox/errors';
import type { ResolvedImage } from '../clients/images-client.ts';

export interface ImageSource {
  resolve(image: string, signal?: AbortSignal): Promise<ResolvedImage>;
}

/**
 * For each of `names`, any name of an image: which of the images `ids` are this
 * image, or made from it, which is to say begin with its layers.
 */
export async function imageFamilies(
  images: ImageSource,
  names: readonly string[],
  ids: Iterable<string>,
  signal: AbortSignal,
): Promise<Map<string, Set<string>>> {
  const families = new Map<string, Set<string>>();
  if (names.length === 0) return families;
  const members = await resolveAll(images, new Set(ids), signal);
  for (const name of names) {
    const ancestor = await lookUp(images, name, signal);
    const family = members.filter((member) => ancestor && descends(member, ancestor));
    families.set(name, new Set([...(ancestor ? [ancestor.id] : []), ...family.map(({ id }) => id)]));
  }
  return families;
}

async function resolveAll(images: ImageSource, ids: ReadonlySet<string>, signal: AbortSignal): Promise<ResolvedImage[]> {
  const found: ResolvedImage[] = [];
  for (const id of ids) {
    const image = await lookUp(images, id, signal);
    if (image) found.push(image);
  }
  return found;
}

function descends({ config }: ResolvedImage, { config: { diffIds } }: ResolvedImage): boolean {
  return diffIds.length > 0 && diffIds.every((layer, index) => layer === config.diffIds[index]);
}

async function lookUp(images: ImageSource, name: string, signal: AbortSignal): Promise<ResolvedImage | undefined> {
  try {
    return await images.resolve(name, signal);
  } catch (error) {
    if (isKind(error, 'not-found', 'invalid-argument')) return undefined;
    throw error;
  }
}
