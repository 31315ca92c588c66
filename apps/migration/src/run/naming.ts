import { EngineError } from '@arcbox/errors';

/** Does the work; what it fails of says whose it is, as `volume data: no space left on device`. */
export async function naming<Result>(thing: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof EngineError) || error.kind === 'cancelled' || error.message.includes(thing)) throw error;
    throw new EngineError(error.kind, `${thing}: ${error.message}`, { cause: error });
  }
}
