import { isKind } from '@arcbox/errors';
import { fromRpcError } from '@arcbox/rpc';

/** The answer of another worker; what it refuses is thrown as ours. */
export async function ask<Answer>(call: Promise<Answer>): Promise<Answer> {
  try {
    return await call;
  } catch (error) {
    throw fromRpcError(error);
  }
}

/** Undefined where nothing is found. */
export async function find<Answer>(call: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await ask(call);
  } catch (error) {
    if (isKind(error, 'not-found')) return undefined;
    throw error;
  }
}

/** Of calls that only look or note something; milliseconds. */
const patience = 30_000;

/** As long as the largest image or volume may take; milliseconds. */
const longPatience = 24 * 3_600_000;

/** Options of a call that carries content. */
export const atLength = (signal: AbortSignal): { signal: AbortSignal; deadline: Date } => ({ signal, deadline: new Date(Date.now() + longPatience) });

/** Options of a call that ends by itself. */
export const soon = (signal?: AbortSignal): { signal?: AbortSignal; deadline: Date } => ({ ...(signal ? { signal } : {}), deadline: new Date(Date.now() + patience) });
