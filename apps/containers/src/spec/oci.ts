/** The part of the OCI runtime specification 1.0.2 (config.md, config-linux.md) that is written here. */
export interface OciSpec {
  ociVersion: '1.0.2';
  process: OciProcess;
  root: { path: string; readonly: boolean };
  /** Not without a UTS namespace of its own. */
  hostname?: string;
  mounts: OciMount[];
  annotations?: { readonly [name: string]: string };
  linux: {
    devices?: readonly OciDevice[];
    rootfsPropagation?: 'shared' | 'rslave';
    namespaces: { type: string; path?: string }[];
    uidMappings?: readonly OciIdMapping[];
    gidMappings?: readonly OciIdMapping[];
    cgroupsPath: string;
    resources: OciResources;
    sysctl?: { [name: string]: string };
    maskedPaths: readonly string[];
    readonlyPaths: readonly string[];
    seccomp?: OciSeccomp;
  };
}

export interface OciIdMapping {
  readonly containerID: number;
  readonly hostID: number;
  readonly size: number;
}

export interface OciProcess {
  terminal: boolean;
  consoleSize?: { readonly height: number; readonly width: number };
  user: { uid: number; gid: number; additionalGids: number[] };
  args: string[];
  env: string[];
  cwd: string;
  capabilities: { bounding: string[]; effective: string[]; permitted: string[] };
  noNewPrivileges: boolean;
  apparmorProfile?: string;
  rlimits?: { type: string; soft: number | bigint; hard: number | bigint }[];
  oomScoreAdj?: number;
}

export interface OciMount {
  destination: string;
  type: string;
  source: string;
  options: string[];
}

export interface OciResources {
  devices: readonly OciDeviceRule[];
  memory?: { limit?: number; swap?: number; reservation?: number; swappiness?: number; disableOOMKiller?: boolean };
  cpu?: { shares?: number; quota?: number; period?: number; cpus?: string; mems?: string };
  pids?: { limit: number };
  blockIO?: OciBlockIo;
}

export interface OciBlockIo {
  weight?: number;
  weightDevice?: { major: number; minor: number; weight: number }[];
  throttleReadBpsDevice?: OciDeviceRate[];
  throttleWriteBpsDevice?: OciDeviceRate[];
  throttleReadIOPSDevice?: OciDeviceRate[];
  throttleWriteIOPSDevice?: OciDeviceRate[];
}

/** Bytes or operations a second. */
export interface OciDeviceRate {
  major: number;
  minor: number;
  rate: number;
}

/** A node in /dev. */
export interface OciDevice {
  type: 'b' | 'c';
  path: string;
  major: number;
  minor: number;
  fileMode: number;
  uid: number;
  gid: number;
}

export interface OciDeviceRule {
  allow: boolean;
  type?: 'a' | 'b' | 'c';
  major?: number;
  minor?: number;
  access: string;
}

export interface OciSeccomp {
  defaultAction: string;
  defaultErrnoRet?: number;
  flags?: string[];
  architectures: string[];
  syscalls: OciSyscall[];
}

export interface OciSyscall {
  names: string[];
  action: string;
  errnoRet?: number;
  args?: { index: number; value: number; valueTwo?: number; op: string }[];
}
