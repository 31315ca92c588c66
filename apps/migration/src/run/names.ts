import { createHash } from 'node:crypto';
import type { RunContext } from './context.ts';

type Attempt = Pick<RunContext, 'plan' | 'attempt'>;

/** Part of the names of what makes room or waits: no two runs have the same, so that none touches what another has left. */
export const tagOf = ({ plan, attempt }: Attempt): string => `${plan.id.slice(0, 8)}-${attempt}`;

/** Key of what a run makes once. */
export const keyOf = ({ plan, attempt }: Attempt, name: string): string => `${plan.id}/${attempt}/${shorten(name, 160)}`;

/** Name of what makes room for another of that name. */
export const asideName = (run: Attempt, name: string): string => `${shorten(name, 160)}.replaced-${tagOf(run)}`;

const helper = 'arcbox-migration-';

/** Name of a container at the source that shows a volume to us for a moment. */
export const helperName = (run: Attempt, volume: string): string => `${helper}${tagOf(run)}-${shorten(volume, 64)}`;

/** Whether it is one that a run has made for itself, and may have left when it died. */
export const isHelper = (name: string): boolean => name.startsWith(helper);

/** Different names stay different. */
function shorten(name: string, longest: number): string {
  if (name.length <= longest) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 16);
  return `${name.slice(0, longest - digest.length)}${digest}`;
}
