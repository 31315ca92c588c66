/** A further process of a container, as it is kept. */
export interface Exec {
  /** 64 lower-case hex characters. */
  readonly id: string;
  /** Full id of its container. */
  readonly container: string;
  readonly command: ExecCommand;
  readonly state: 'created' | 'running' | 'exited';
  /** While it runs. */
  readonly run?: ExecRun;
  /** 128 + n after signal n; 127 and 126 when it could not be found or executed. */
  readonly exitCode?: number;
  /** Unix milliseconds of the last change. */
  readonly at: number;
}

/** What to run. */
export interface ExecCommand {
  readonly cmd: readonly string[];
  /** `NAME=value`, on top of the container's. */
  readonly env: readonly string[];
  /** Empty for the container's. */
  readonly workingDir: string;
  /** Empty for the container's. */
  readonly user: string;
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly privileged: boolean;
}

export interface ExecRun {
  /** `pid.starttime` of the worker that has begun it, and will learn the exit code. */
  readonly worker: string;
  /** The same of who waits for the process, once it is there: with a terminal the runtime, which has one of ours for its own. */
  readonly runtime?: string;
  /** Pid of the process on the host; known a moment later. */
  readonly pid?: number;
}
