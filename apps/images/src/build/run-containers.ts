/** A program to run in a container on a root that is there. */
export interface ProgramRun {
  /** Of the container. */
  readonly name: string;
  /** Where the root was mounted: one of the overlays, which the container mounts itself. */
  readonly rootfs: string;
  /** Those that the root and sources of mounts are, or lie in. */
  readonly overlays: readonly Overlay[];
  /** For messages. */
  readonly image: string;
  readonly argv: readonly string[];
  readonly env: { readonly [name: string]: string };
  readonly workingDir: string;
  /** Empty for root. */
  readonly user: string;
  readonly mounts: readonly ProgramMount[];
  /** `default`, `none`, `host` or a network's name. */
  readonly network: string;
  readonly extraHosts: { readonly [name: string]: string };
  /** File of variables that are kept nowhere: `NAME=value`, each ended by a zero byte. Empty: none. */
  readonly environmentFile: string;
  readonly labels: { [name: string]: string };
}

/** An overlay by the place where it is mounted, or was. */
export interface Overlay {
  readonly path: string;
  readonly options: readonly string[];
}

export interface ProgramMount {
  readonly type: 'bind' | 'tmpfs';
  /** Host path; empty for a tmpfs. */
  readonly source: string;
  readonly target: string;
  readonly readonly: boolean;
}

export type Write = (stream: 'stdout' | 'stderr', data: Buffer) => Promise<void>;

/** Containers that run the programs of builds. */
export interface RunContainers {
  /** Makes a container, runs it and returns its exit code. The container stays until it is removed. */
  run(program: ProgramRun, write: Write, signal: AbortSignal): Promise<number>;
  /** Ends and removes a container. NOT_FOUND when there is none of this name. */
  remove(name: string): Promise<void>;
}
