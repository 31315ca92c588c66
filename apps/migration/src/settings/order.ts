/** A container as it is asked for here. Empty texts, lists and 0 are the defaults; bytes, nanoseconds where not said otherwise. */
export interface ContainerOrder {
  /** Without slash. */
  readonly name: string;
  /** A name that means that image at the source, else its id. */
  readonly image: string;
  readonly entrypoint: readonly string[];
  /** It has no entrypoint, whatever the image says. */
  readonly clearEntrypoint: boolean;
  readonly cmd: readonly string[];
  readonly env: Texts;
  readonly workingDir: string;
  readonly user: string;
  readonly hostname: string;
  readonly domainname: string;
  readonly tty: boolean;
  readonly stdinOpen: boolean;
  readonly stdinOnce: boolean;
  readonly labels: Texts;
  readonly annotations: Texts;
  readonly stopSignal: string;
  /** Seconds; undefined is the default. */
  readonly stopTimeout?: number;
  readonly init?: boolean;
  readonly autoRemove: boolean;
  readonly restart: { readonly name: string; readonly maximumRetries: number };
  /** Undefined takes the image's. */
  readonly healthCheck?: HealthCheckOrder;
  readonly mounts: readonly MountOrder[];
  /** Path to mount options. */
  readonly tmpfs: Texts;
  /** `name` or `name:ro`. */
  readonly volumesFrom: readonly string[];
  readonly network: NetworkOrder;
  readonly isolation: IsolationOrder;
  readonly limits: LimitsOrder;
  readonly log: LogOrder;
}

export type Texts = { readonly [name: string]: string };

export interface HealthCheckOrder {
  readonly test: readonly string[];
  readonly interval: number;
  readonly timeout: number;
  readonly startPeriod: number;
  readonly startInterval: number;
  readonly retries: number;
}

export interface MountOrder {
  readonly type: 'bind' | 'volume' | 'tmpfs';
  /** Host path of a bind, name of a volume. */
  readonly source: string;
  readonly target: string;
  readonly readonly: boolean;
  readonly propagation: string;
  readonly noCopy: boolean;
  readonly subpath: string;
  readonly tmpfsBytes: number;
  readonly tmpfsMode: number;
  readonly createSource: boolean;
  readonly nonRecursive: boolean;
}

export interface PortOrder {
  readonly containerPort: number;
  /** 0 for any. */
  readonly hostPort: number;
  /** The first that is free from `hostPort` to here. */
  readonly lastHostPort?: number;
  readonly protocol: string;
  readonly hostIp: string;
}

export interface NetworkOrder {
  /** `bridge`, `host`, `none`, `container:<name>` or the name of a network. */
  readonly mode: string;
  /** The first is that of the mode. */
  readonly attachments: readonly AttachmentOrder[];
  readonly ports: readonly PortOrder[];
  /** `80/tcp` */
  readonly exposed: readonly string[];
  readonly publishAll: boolean;
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly dnsOptions: readonly string[];
  /** `name:address` */
  readonly extraHosts: readonly string[];
}

export interface AttachmentOrder {
  readonly network: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly mac: string;
  readonly aliases: readonly string[];
}

export interface IsolationOrder {
  readonly readOnly: boolean;
  readonly privileged: boolean;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly securityOptions: readonly string[];
  readonly groupAdd: readonly string[];
  readonly devices: readonly DeviceOrder[];
  readonly deviceCgroupRules: readonly string[];
  readonly sysctls: Texts;
  readonly ipcMode: string;
  readonly pidMode: string;
  readonly utsMode: string;
  readonly usernsMode: string;
  readonly cgroupnsMode: string;
  readonly cgroupParent: string;
}

export interface DeviceOrder {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly permissions: string;
}

export interface LimitsOrder {
  readonly memory: number;
  readonly memorySwap: number;
  readonly memoryReservation: number;
  readonly memorySwappiness?: number;
  readonly oomKillDisable: boolean;
  readonly oomScoreAdj?: number;
  readonly shmBytes: number;
  readonly cpus: number;
  readonly cpuShares: number;
  readonly cpuPeriod: number;
  readonly cpuQuota: number;
  readonly cpusetCpus: string;
  readonly cpusetMems: string;
  readonly pidsLimit: number;
  readonly ulimits: readonly { readonly name: string; readonly soft: number; readonly hard: number }[];
  readonly blkioWeight: number;
  readonly blkioWeightDevices: readonly DeviceValue[];
  readonly readBps: readonly DeviceValue[];
  readonly writeBps: readonly DeviceValue[];
  readonly readIops: readonly DeviceValue[];
  readonly writeIops: readonly DeviceValue[];
}

export interface DeviceValue {
  readonly path: string;
  readonly value: number;
}

export interface LogOrder {
  /** Empty, `local` or `none`. */
  readonly driver: string;
  readonly maxBytes: number;
  readonly maxFiles: number;
}
