/** Where an instruction stands, and how it reads. */
export interface Written {
  /** First line, from 1. Of a trigger: the line of the FROM that brought it. */
  readonly line: number;
  /** Continuation lines joined, without the bodies of heredocs. */
  readonly text: string;
}

/** `<<EOF` in a line, and the lines up to its end. */
export interface Heredoc {
  readonly name: string;
  /** Lines with their ends, as written. */
  readonly body: string;
  /** False when a part of the name was quoted: variables in the body stay. */
  readonly expands: boolean;
  /** `<<-`: tabs at the start of lines go. */
  readonly stripsTabs: boolean;
}

/** A JSON array is run as it is, other text by the shell. */
export type CommandLine = { readonly exec: readonly string[] } | { readonly shell: string };

export interface Pair {
  readonly key: string;
  readonly value: string;
}

export interface FromInstruction extends Written {
  readonly keyword: 'FROM';
  /** Before expansion, as is `platform`. */
  readonly base: string;
  readonly platform: string;
  /** Lower case; empty when the stage has none. */
  readonly name: string;
}

export interface ArgInstruction extends Written {
  readonly keyword: 'ARG';
  readonly args: readonly { readonly name: string; readonly value?: string }[];
}

export interface PairsInstruction extends Written {
  readonly keyword: 'ENV' | 'LABEL';
  readonly pairs: readonly Pair[];
}

export interface RunInstruction extends Written {
  readonly keyword: 'RUN';
  readonly command: CommandLine;
  readonly heredocs: readonly Heredoc[];
  /** The fields of each `--mount`, before expansion. */
  readonly mounts: readonly (readonly string[])[];
  readonly network: 'default' | 'none' | 'host';
}

export interface CopyInstruction extends Written {
  readonly keyword: 'COPY' | 'ADD';
  /** Paths and the names of heredocs, in order; before expansion, as is `destination`. */
  readonly sources: readonly (string | Heredoc)[];
  readonly destination: string;
  /** A stage or an image; empty for the context. */
  readonly from: string;
  readonly chown: string;
  readonly chmod: string;
  readonly checksum: string;
  readonly link: boolean;
  readonly parents: boolean;
  readonly keepGitDir?: boolean;
  readonly unpack?: boolean;
  readonly excludes: readonly string[];
}

export interface CommandInstruction extends Written {
  readonly keyword: 'CMD' | 'ENTRYPOINT';
  readonly command: CommandLine;
}

export interface ListInstruction extends Written {
  readonly keyword: 'EXPOSE' | 'VOLUME';
  readonly items: readonly string[];
}

export interface ValueInstruction<
  K extends 'USER' | 'WORKDIR' | 'STOPSIGNAL' | 'MAINTAINER' = 'USER' | 'WORKDIR' | 'STOPSIGNAL' | 'MAINTAINER',
> extends Written {
  readonly keyword: K;
  readonly value: string;
}

export interface ShellInstruction extends Written {
  readonly keyword: 'SHELL';
  readonly shell: readonly string[];
}

/** As Docker stores it. Durations are nanoseconds; 0 and absent mean the engine's default. */
export interface Healthcheck {
  /** `['NONE']`, `['CMD', …argv]` or `['CMD-SHELL', command]`. */
  readonly Test: readonly string[];
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly StartPeriod?: number;
  readonly StartInterval?: number;
  readonly Retries?: number;
}

export interface HealthcheckInstruction extends Written {
  readonly keyword: 'HEALTHCHECK';
  readonly healthcheck: Healthcheck;
}

export interface OnbuildInstruction extends Written {
  readonly keyword: 'ONBUILD';
  /** The instruction as the image keeps it, heredocs and all. */
  readonly trigger: string;
}

/** What a stage consists of. */
export type Instruction =
  | ArgInstruction
  | PairsInstruction
  | RunInstruction
  | CopyInstruction
  | CommandInstruction
  | ListInstruction
  | ValueInstruction<'USER'>
  | ValueInstruction<'WORKDIR'>
  | ValueInstruction<'STOPSIGNAL'>
  | ValueInstruction<'MAINTAINER'>
  | ShellInstruction
  | HealthcheckInstruction
  | OnbuildInstruction;

export type Keyword = Instruction['keyword'] | 'FROM';

/** A stage as written. */
export interface WrittenStage {
  readonly from: FromInstruction;
  readonly instructions: readonly Instruction[];
}

export interface Dockerfile {
  readonly escape: Escape;
  /** ARGs before the first FROM. */
  readonly globalArgs: readonly ArgInstruction[];
  readonly stages: readonly WrittenStage[];
  readonly warnings: readonly string[];
}

/** The character that joins lines and takes the meaning from the next one. */
export type Escape = '\\' | '`';
