import type { Content } from '../../store/content.ts';
import type { Packs } from '../packs/packs.ts';
import { type BuildContext, openContext } from './context.ts';
import type { ContextLimits } from './context-limits.ts';
import { type ListedUpload, openListedContext, type Want } from './listed-context.ts';

/** The files of a build as they come: a tar archive, plain or compressed, or a listing of which only what is missing is sent. */
export type ContextSource =
  | { readonly kind: 'archive'; readonly chunks: AsyncIterable<Buffer> }
  | ({ readonly kind: 'listing' } & ListedUpload);

/** Takes in the files of a build; the same files make the same tree, whichever way they come. */
export function openSource(
  { engine, packs }: { readonly engine: { readonly content: Pick<Content, 'temporary'> }; readonly packs: Packs },
  source: ContextSource,
  want: Want,
  limits: ContextLimits,
  signal: AbortSignal,
): Promise<BuildContext> {
  if (source.kind === 'archive') return openContext(engine, source.chunks, limits, signal);
  return openListedContext(packs, source, want, limits, signal);
}
