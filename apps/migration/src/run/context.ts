import type { Plan } from '../plan/plan.ts';
import type { Docker } from '../source/docker.ts';
import type { Host } from '../source/host-client.ts';
import type { Targets } from '../target/targets.ts';
import type { Items } from './items.ts';
import type { Journal } from './journal.ts';

/** What every phase of a run works with. */
export interface RunContext {
  readonly plan: Plan;
  readonly attempt: number;
  readonly skipStart: boolean;
  readonly source: Docker;
  readonly host: Host;
  readonly targets: Targets;
  readonly items: Items;
  readonly journal: Journal;
  /** Aborts when the run is cancelled, or this worker stops. */
  readonly signal: AbortSignal;
}
