/** What an instruction does to the files of its stage. */
export type Action = RunAction | CopyAction | WorkdirAction;

/** Where files come from other than the build context. */
export type Origin = { readonly stage: number } | { readonly image: string };

export interface RunAction {
  readonly kind: 'run';
  readonly argv: readonly string[];
  /** `K=V`: ENV, then the ARGs in scope that no ENV shadows, then proxies nobody declared. */
  readonly env: readonly string[];
  /** The ARGs in scope, as `K=V`: part of the cache key. Proxies nobody declared are not. */
  readonly argsForCache: readonly string[];
  /** As USER says; empty for root. */
  readonly user: string;
  readonly workingDir: string;
  readonly mounts: readonly RunMount[];
  readonly network: 'default' | 'none' | 'host';
  /** A heredoc that is a program of its own: to be mounted read-only at `path`, mode 0755. */
  readonly script?: { readonly path: string; readonly content: Buffer };
  readonly display: string;
}

/** Paths are absolute. `source` is a path in the origin; `/` is all of it. */
export type RunMount =
  | {
      readonly type: 'bind';
      /** Absent: the build context. */
      readonly from?: Origin;
      readonly source: string;
      readonly target: string;
      /** What is written to a mount that is not read-only is thrown away. */
      readonly readOnly: boolean;
    }
  | {
      readonly type: 'cache';
      readonly id: string;
      readonly target: string;
      readonly sharing: 'shared' | 'private' | 'locked';
      /** What a new cache starts with. Absent: nothing. */
      readonly from?: Origin;
      readonly source: string;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
      readonly readOnly: boolean;
    }
  | {
      readonly type: 'tmpfs';
      readonly target: string;
      /** Bytes. */
      readonly size?: number;
    }
  | {
      readonly type: 'secret';
      readonly id: string;
      /** Absent when it is only to be a variable. */
      readonly target?: string;
      readonly env?: string;
      readonly required: boolean;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    };

export interface CopyAction {
  readonly kind: 'copy' | 'add';
  /** As written, after expansion: paths and patterns, for ADD also URLs. */
  readonly sources: readonly string[];
  /** Files that stand in the Dockerfile. */
  readonly inline: readonly { readonly name: string; readonly content: Buffer }[];
  /** Absent: the build context. */
  readonly from?: Origin;
  /** Absolute. A slash at its end says that it is a directory. */
  readonly destination: string;
  /** `user[:group]`, names or numbers. */
  readonly chown?: string;
  /** Octal digits or symbolic, checked. */
  readonly chmod?: string;
  readonly link: boolean;
  readonly parents: boolean;
  readonly excludes: readonly string[];
  /** `sha256:…` of the one URL. */
  readonly checksum?: string;
  readonly keepGitDir?: boolean;
  /** Says whether archives are unpacked. Absent: local ones are, downloaded ones are not. */
  readonly unpack?: boolean;
  readonly display: string;
}

/** Makes a directory and those above it. */
export interface WorkdirAction {
  readonly kind: 'workdir';
  readonly path: string;
  /** As USER says; empty for root. */
  readonly user: string;
  readonly display: string;
}
