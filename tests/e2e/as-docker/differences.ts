/** A difference that is meant, or is docker's own: which line of which case, and why. */
export interface Difference {
  readonly name: string;
  readonly line: RegExp;
  readonly reason: string;
}

export const differences: readonly Difference[] = [];
