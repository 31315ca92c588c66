import { failedPrecondition } from '@arcbox/errors';
import type { RunContext } from './context.ts';

/** Things that are here, as `volume data`: FAILED_PRECONDITION for those of which nobody has agreed that they give way. */
export function requireAgreed({ plan }: Pick<RunContext, 'plan'>, ...things: readonly string[]): void {
  const surprises = things.filter((one) => !plan.replacements.includes(one));
  if (surprises.length > 0) throw failedPrecondition(`${surprises.join(', ')}: here since the plan was made; make another`);
}
