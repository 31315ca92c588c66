import { failedPrecondition } from '@arcbox/errors';
import type { PlannedContainer } from '../plan/plan.ts';
import type { Json } from '../settings/json.ts';
import type { RunContext } from './context.ts';

/** A container as the source tells it. FAILED_PRECONDITION when somebody has removed it since the plan was made. */
export async function requireAtSource({ source, signal }: RunContext, { id, name }: PlannedContainer): Promise<Json> {
  const found = await source.container(id, signal);
  if (!found) throw failedPrecondition(`container ${name} is no longer at the source; make another plan`);
  return found;
}
