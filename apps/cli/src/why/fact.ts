/** Something that has happened, as the event log tells it. */
export interface Fact {
  /** Unix nanoseconds. */
  readonly timeNano: bigint;
  /** container, image, network, volume. */
  readonly type: string;
  readonly action: string;
  /** Of what it happened to; a volume's is its name. */
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** The request that it comes from; undefined when nobody has asked for it. */
  readonly cause?: Cause | undefined;
}

export interface Cause {
  /** `/arcbox.v1.ContainerService/Stop` */
  readonly method: string;
  /** `uid=0 pid=42 gid=0`, `cn=name`, `address=10.0.0.1`; may be empty. */
  readonly client: string;
}

/** What has happened to one thing, the first of it first. */
export interface Story {
  readonly type: Kind;
  readonly id: string;
  /** The last that it had. */
  readonly name: string;
  readonly facts: readonly Fact[];
}

/** One fact in words: what happened, and why, where that is known. */
export interface Line {
  readonly fact: Fact;
  readonly what: string;
  readonly why: string;
}

/** A story in words; the summary is one sentence without a full stop. */
export interface Tale {
  readonly summary: string;
  readonly lines: readonly Line[];
}

export const kinds = ['container', 'image', 'network', 'volume'] as const;

export type Kind = (typeof kinds)[number];
