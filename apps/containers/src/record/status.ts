import type { RequestScope } from '@arcbox/request';
import type { HealthState } from '../health/judge.ts';
import type { Retry } from '../supervise/restart-policy.ts';
import type { Config, Port } from './config.ts';

/**
 * What a container is doing.
 *
 *              start fails
 *             ┌──────────┐
 *   created ──┴─► running ──► exited ──► removing ──► (gone)
 *      │          │    ▲        │  ▲         │  ▲
 *      │        pause unpause   │  │     fails  again
 *      │          ▼    │        │  │         ▼  │
 *      │          paused ───────┼──┘        dead
 *      └────────────────────────┴──► removing
 *
 * `restarting` stands between running and running while a restart policy waits.
 */
export type State = 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';

/** Changes with every transition, in one transaction with the event that tells of it. */
export interface Status {
  readonly state: State;
  /** Counts starts, so that what belongs to an earlier run is not taken for the present one. */
  readonly generation: number;
  /** A start is under way, or was when its worker died. */
  readonly starting?: boolean;
  /** Counts runs that have ended, failed starts included. */
  readonly exits: number;
  /** Present while running or paused. */
  readonly process?: Process;
  /** Network, root mount and runtime state of the last run are still to be given back. */
  readonly held?: boolean;
  /** It is being frozen or thawed. */
  readonly freezing?: boolean;
  /** It is frozen because an image is made of it, and goes on after that. */
  readonly committing?: boolean;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly exitCode: number;
  /** Why the last start failed, or what is odd about the last end. */
  readonly error: string;
  readonly oomKilled: boolean;
  /** Kills of this run for want of memory that were told of. */
  readonly oomKills?: number;
  /** As the networks worker gave it, while held. */
  readonly network?: Network;
  /** Starts by the restart policy since somebody has started it. */
  readonly restarts?: number;
  /** While `restarting`: when; afterwards: how long was waited. */
  readonly retry?: Retry;
  /** Idempotency key of the call that its last run comes from, unless that start has failed. */
  readonly startKey?: string;
  /** Somebody has asked for its end: no policy starts it again. */
  readonly stopWanted?: boolean;
  /** The request that asked for it: the cause of the end, whoever sees that. */
  readonly stoppedFor?: RequestScope;
  /** What its checks say, or said at the end of the last run; undefined without one. */
  readonly health?: HealthState;
  /** What a running container is about to be changed to. */
  readonly update?: { readonly pending: true } & Pick<Config, 'limits' | 'resources' | 'restart'>;
  /** What Remove was asked to take along, and the idempotency key of the call. */
  readonly removal?: { readonly volumes: boolean; readonly key?: string | undefined };
}

export interface Process {
  readonly pid: number;
  /** `pid.starttime` of the container's first process, and of its conmon. */
  readonly identity: string;
  readonly monitor: string;
}

export interface Network {
  readonly netns: string;
  readonly endpoints: readonly Endpoint[];
  readonly ports: readonly Port[];
  readonly nameservers: readonly string[];
  readonly search: readonly string[];
  readonly dnsOptions: readonly string[];
}

export interface Endpoint {
  readonly id: string;
  readonly networkId: string;
  readonly networkName: string;
  /** With prefix length. */
  readonly ipv4: string;
  readonly ipv6: string;
  readonly gateway: string;
  readonly ipv6Gateway?: string;
  readonly mac: string;
}
