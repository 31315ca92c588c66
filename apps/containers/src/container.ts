import type { PlannedCheck } from './health/health-check.ts';
import type { HealthState } from './health/judge.ts';
import type { Resources } from './options/resources.ts';
import type { Devices } from './options/devices.ts';
import type { Life } from './options/life.ts';
import type { Namespaces } from './options/namespaces.ts';
import type { Security } from './options/security.ts';
import type { Storage } from './options/storage.ts';
import type { Networking } from './options/networking.ts';
import type { RestartPolicy, Retry } from './restart-policy.ts';

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

/** A container as it is kept: what was decided when it was made, and how it is now. */
export interface Container {
  /** 64 lower-case hex characters. */
  readonly id: string;
  /** Without slash; unique. */
  readonly name: string;
  readonly config: Config;
  readonly status: Status;
}

/** Does not change after Create, except what Update changes: limits and restart policy. */
export interface Config {
  /** RFC 3339 with nanoseconds. */
  readonly created: string;
  readonly image: ImageUse;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  /** `NAME=value`, image and request merged. */
  readonly env: readonly string[];
  readonly workingDir: string;
  /** As given; resolved against the image's files at every start. */
  readonly user: string;
  readonly hostname: string;
  readonly tty: boolean;
  readonly stdinOpen: boolean;
  /** Number of the signal, of request or image; undefined means SIGTERM. */
  readonly stopSignal?: string;
  readonly labels: { readonly [name: string]: string };
  readonly mounts: readonly MountUse[];
  /** As requested: host port 0 is chosen at every start. */
  readonly ports: readonly Port[];
  /** `80/tcp`, from image and request. */
  readonly exposed: readonly string[];
  /** Publish all of these that `ports` does not name. */
  readonly publishAll?: boolean;
  readonly limits: Limits;
  /** Limits beyond those; undefined: none. */
  readonly resources?: Resources;
  readonly network: NetworkMode;
  /** Undefined: it is on the network of its mode, as everybody is. */
  readonly networking?: Networking;
  /** Remove it, with its anonymous volumes, when it has exited. */
  readonly autoRemove: boolean;
  /** Undefined: it is not started again. */
  readonly restart?: RestartPolicy;
  /** Undefined: nothing tells whether it works. */
  readonly healthCheck?: PlannedCheck;
  readonly logs: LogLimits;
  /** Undefined where nothing but the defaults was asked for; so are those below. */
  readonly security?: Security;
  readonly namespaces?: Namespaces;
  readonly devices?: Devices;
  readonly storage?: Storage;
  readonly life?: Life;
  /** How to make its root, in this order. */
  readonly root: readonly RootMount[];
  /** Present when it is part of other work of the engine: nobody else hears of it. */
  readonly internal?: InternalUse;
}

export interface InternalUse {
  /** Directory that is its root. */
  readonly rootfs: string;
  /** Further lines for /etc/hosts: name to address. */
  readonly extraHosts: { readonly [name: string]: string };
  /** Host file of variables that are not to be kept: `NAME=value`, each ended by a zero byte. Empty: none. */
  readonly environmentFile: string;
}

export interface ImageUse {
  /** `sha256:…` of the configuration. */
  readonly id: string;
  /** As the creator wrote it. */
  readonly reference: string;
  /** Bytes of the unpacked layers. */
  readonly size: number;
}

export interface MountUse {
  readonly type: 'bind' | 'volume' | 'tmpfs';
  /** Host path; empty for a tmpfs. */
  readonly source: string;
  readonly target: string;
  readonly readonly: boolean;
  /** Name of the volume. */
  readonly volume?: string;
  /** The volume was made for this container and goes with it. */
  readonly anonymous?: boolean;
  /** Of a bind: `rshared`, `slave` and so on; undefined is `rprivate`. */
  readonly propagation?: string;
  /** It is not filled from the image. */
  readonly noCopy?: boolean;
  /** Directory below the volume's root that is mounted instead of it. */
  readonly subpath?: string;
  /** Of a tmpfs: bytes, and mode of its root. */
  readonly tmpfsBytes?: number;
  readonly tmpfsMode?: number;
  /** A bind's missing source was to be made. */
  readonly createSource?: boolean;
}

export interface Port {
  readonly containerPort: number;
  readonly hostPort: number;
  readonly protocol: string;
  readonly hostIp: string;
}

/** Undefined leaves a limit unset. Bytes and microseconds. */
export interface Limits {
  readonly memory?: number;
  /** Memory and swap together; -1 for any amount of swap. */
  readonly memorySwap?: number;
  readonly cpuShares?: number;
  readonly cpuQuota?: number;
  readonly cpuPeriod?: number;
  /** CPUs as a fraction, instead of quota and period. */
  readonly cpus?: number;
}

export type NetworkMode =
  | { readonly kind: 'network'; readonly name: string }
  | { readonly kind: 'container'; readonly id: string }
  | { readonly kind: 'host' }
  | { readonly kind: 'none' };

export interface LogLimits {
  /** `none`: nobody may read it later, and it goes with the run. */
  readonly driver?: 'local' | 'none';
  /** Bytes of one file. */
  readonly maxBytes: number;
  readonly maxFiles: number;
}

/** One mount(2), options as in fstab. */
export interface RootMount {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly options: readonly string[];
}

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
  /** Somebody has asked for its end: no policy starts it again. */
  readonly stopWanted?: boolean;
  /** What its checks say, or said at the end of the last run; undefined without one. */
  readonly health?: HealthState;
  /** What a running container is about to be changed to. */
  readonly update?: { readonly pending: true } & Pick<Config, 'limits' | 'resources' | 'restart'>;
  /** What Remove was asked to take along. */
  readonly removal?: { readonly volumes: boolean };
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

/** Its process exists. */
export function isRunning({ status }: Container): boolean {
  return status.state === 'running' || status.state === 'paused';
}

/** Neither its process exists nor will a restart policy make it again. */
export function isStopped(container: Container): boolean {
  return !isRunning(container) && container.status.state !== 'restarting';
}

/** What people see of an id. */
export function shortId(id: string): string {
  return id.slice(0, 12);
}

/** Name of the network mode as requests and inspect write it. */
export function formatNetworkMode(mode: NetworkMode): string {
  switch (mode.kind) {
    case 'network':
      return mode.name;
    case 'container':
      return `container:${mode.id}`;
    case 'host':
    case 'none':
      return mode.kind;
  }
}
