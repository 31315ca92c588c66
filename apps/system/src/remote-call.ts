import { fromRpcError } from '@arcbox/rpc';

/** Deleting much takes its time; milliseconds for one call. */
const patience = 60_000;

/** For calls that walk or delete all that there is on a busy host; milliseconds. */
export const longPatience = 30 * 60_000;

/** Options for a call to another worker. */
export const within = (signal: AbortSignal, milliseconds = patience): { signal: AbortSignal; deadline: Date } => ({
  signal,
  deadline: new Date(Date.now() + milliseconds),
});

/** The errors of another worker as our own, with their kind. */
export async function asOurs<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw fromRpcError(error);
  }
}
