import type { Logger } from '@arcbox/log';
import type { Store } from '@arcbox/store';
import type { Firewall } from './firewall.ts';
import type { Names } from './names.ts';
import type { Records } from './records.ts';
import type { Relays } from './relays.ts';

/** What the verbs of this worker stand on. */
export interface Ground {
  /** Id of the node, for records. */
  readonly node: string;
  /** 8 hex characters that tell the engines of one host apart. */
  readonly tag: string;
  /** Directory of the namespaces. */
  readonly netns: string;
  readonly store: Store;
  readonly records: Records;
  readonly firewall: Firewall;
  readonly names: Names;
  readonly relays: Relays;
  readonly log: Logger;
  /** Resolves when the host's network is in order; FAILED_PRECONDITION says what is missing. */
  readonly settled: () => Promise<void>;
}
