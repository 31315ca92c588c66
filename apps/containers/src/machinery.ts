import type { Logger } from '@arcbox/log';
import type { Store } from '@arcbox/store';
import type { Background } from './supervise/background.ts';
import type { LogLimits } from './record/config.ts';
import type { Containers } from './record/containers.ts';
import type { Ends } from './supervise/ends.ts';
import type { Execs } from './exec/execs.ts';
import type { Healths } from './health/healths.ts';
import type { Images } from './clients/images-client.ts';
import type { Places } from './record/places.ts';
import type { RunWatch } from './supervise/run-watch.ts';
import type { Runc } from './runtime/runc.ts';
import type { Sandboxes } from './clients/sandboxes-client.ts';
import type { HostAbilities } from './spec/host.ts';
import type { StatsTicker } from './show/stats-ticker.ts';
import type { Remapping } from './userns/remapping.ts';
import type { Volumes } from './clients/volumes-client.ts';

/** All parts of the worker, as `worker.ts` puts them together; each verb declares which of them it takes. */
export interface Machinery {
  readonly store: Store;
  readonly containers: Containers;
  readonly ends: Ends;
  readonly execs: Execs;
  readonly healths: Healths;
  readonly background: Background;
  readonly restarts: { plan(id: string): void };
  readonly runs: RunWatch;
  readonly runtime: Runc;
  readonly places: Places;
  readonly host: HostAbilities;
  readonly remapping: Remapping;
  readonly logLimits: LogLimits;
  readonly images: Images;
  readonly sandboxes: Sandboxes;
  readonly volumes: Volumes;
  readonly ticker: StatsTicker;
  readonly log: Logger;
}
