/** Ends the command with this exit code; a message goes to stderr in one line, none is silent. */
export class Exit extends Error {
  readonly code: number;

  constructor(code: number, message = '', options?: ErrorOptions) {
    super(message, options);
    this.name = 'Exit';
    this.code = code;
  }
}

/** Exit codes that are not a container's, as docker has them. */
export const exitCodes = {
  /** One of the things asked for failed. */
  failed: 1,
  /** The command line is wrong, or the engine failed where a container's exit code was expected. */
  engine: 125,
  /** Ended by signal n: 128 + n. */
  interrupted: 130,
  brokenPipe: 141,
} as const;

/**
 * Exits with the code that the work resolves with. Where a container was to be
 * made, a failure of ours is not to be taken for one of its own.
 */
export async function endWithCode(work: () => Promise<number>, ofFailure: number = exitCodes.engine): Promise<void> {
  const code = await work().catch((error: unknown) => {
    throw error instanceof Exit ? error : new Exit(ofFailure, '', { cause: error });
  });
  if (code !== 0) throw new Exit(code);
}
