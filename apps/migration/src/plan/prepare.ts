import type { Host } from '../source/host-client.ts';
import { findSource } from '../source/find-source.ts';
import type { Listener } from '../source/listener.ts';
import type { Targets } from '../target/targets.ts';
import { drawPlan } from './draw-plan.ts';
import { takeInventory } from './inventory.ts';
import { findOverlaps, tellOverlap } from './overlaps.ts';
import type { Plan, Plans } from './plan.ts';
import { findObstacles, findReplacements } from './replacements.ts';

export interface PlanOrder {
  readonly kind: string;
  /** Empty for the usual one. */
  readonly socket: string;
  readonly allowReplacements: boolean;
  /** Only look. */
  readonly dryRun: boolean;
}

/** Looks at another engine and at what is here, and makes a plan; nothing is changed. */
export async function preparePlan(
  { host, targets, plans }: { host: Host; targets: Targets; plans: Plans },
  { kind, socket, allowReplacements, dryRun }: PlanOrder,
  signal: AbortSignal,
): Promise<Plan> {
  await using source = await findSource(host, { kind, socket }, signal);
  const draft = drawPlan(await takeInventory(source.docker, signal));
  const replacements = await findReplacements(targets, draft, signal);
  const obstacles = await findObstacles(targets, replacements, draft, signal);
  const overlaps = (await findOverlaps(targets, draft, signal)).map(tellOverlap);
  const { listener } = source.docker;
  const warnings = [...aboutListener(source.socket, listener), ...draft.warnings, ...aboutReplacements(replacements, { allowReplacements, dryRun }), ...obstacles, ...overlaps];
  const plan: Plan = { ...draft, kind, socket: source.socket, listener, replacements, warnings };
  if (!dryRun) plans.put(plan);
  return plan;
}

function aboutListener(socket: string, { uid }: Listener): string[] {
  if (uid === 0) return [];
  return [`the engine at ${socket} is that of user ${uid}, not of root: all of the plan is what that user says, and its containers get here what they ask for`];
}

/** Of a plan that is kept they are among what is known of it. */
function aboutReplacements(replacements: readonly string[], { allowReplacements, dryRun }: Pick<PlanOrder, 'allowReplacements' | 'dryRun'>): string[] {
  if (replacements.length === 0 || (allowReplacements && !dryRun)) return [];
  return [`what exists here would be replaced${allowReplacements ? '' : ', which has to be allowed'}: ${replacements.join(', ')}`];
}
