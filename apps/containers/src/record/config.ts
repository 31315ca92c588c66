import type { PlannedCheck } from '../health/health-check.ts';
import type { Resources } from '../options/resources.ts';
import type { Devices } from '../options/devices.ts';
import type { Life } from '../options/life.ts';
import type { Namespaces } from '../options/namespaces.ts';
import type { Security } from '../options/security.ts';
import type { Storage } from '../options/storage.ts';
import type { Networking } from '../options/networking.ts';
import type { RestartPolicy } from '../supervise/restart-policy.ts';
import type { IdMaps } from '../userns/id-maps.ts';

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
  /** Of its user namespace; undefined: it is in the one of the host. */
  readonly ids?: IdMaps;
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
  /** Those that are its root and sources of its binds, or in which these lie. */
  readonly overlays?: readonly Overlay[];
}

/** An overlay of the engine's own directories. */
export interface Overlay {
  /** Where it is mounted, or would be. */
  readonly path: string;
  readonly options: readonly string[];
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
  /** Of a bind: without what is mounted below its source. */
  readonly nonRecursive?: boolean;
  /** Of the volume, if it was made for this mount; so are its options. */
  readonly volumeLabels?: { readonly [name: string]: string };
  readonly volumeOptions?: { readonly [name: string]: string };
}

export interface Port {
  readonly containerPort: number;
  readonly hostPort: number;
  /** The first that is free from `hostPort` to here is taken. */
  readonly lastHostPort?: number;
  readonly protocol: string;
  readonly hostIp: string;
}

/** Any of these host ports will do. */
export type PortRange = Port & { readonly lastHostPort: number };

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
