/** Whose an engine is: who listens at its socket. */
export interface Listener {
  readonly uid: number;
  /** Root of this host: what it says of files is as true as if we had looked. */
  readonly isHosts: boolean;
}
