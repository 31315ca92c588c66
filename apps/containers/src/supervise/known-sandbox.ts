import type { Network } from '../record/status.ts';

/** Where a container is, as the networks worker knows it. */
export interface KnownSandbox {
  /** Container id. */
  readonly id: string;
  /** Name of the container there. */
  readonly name: string;
  readonly network: Network;
}
