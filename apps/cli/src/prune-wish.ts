export type PruneType = 'containers' | 'networks' | 'volumes' | 'images' | 'build cache';

/** What a person wants to be rid of. */
export interface PruneWish {
  readonly types: readonly PruneType[];
  readonly all: boolean;
  readonly filters: Record<string, string>;
}

/** Whoever gave a volume a name wants to keep it, as docker sees it, also with --all of everything. */
export const prunesVolumesApart = ({ types }: PruneWish): boolean => types.includes('volumes') && types.length > 1;

/** What one request to the engine is about. */
export const typesAtOnce = (wish: PruneWish): PruneType[] =>
  wish.types.filter((type) => type !== 'build cache' && !(type === 'volumes' && prunesVolumesApart(wish)));

/** Nothing in the cache has a label: who asks for some means none of it. */
export const prunesCache = ({ types, filters }: PruneWish): boolean =>
  types.includes('build cache') && !('label' in filters) && !('label!' in filters);
