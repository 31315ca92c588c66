import { fromRpcError } from '@arcbox/rpc';

/** An answer of another worker; its errors become ours, with their kind and their words. */
export async function ask<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw fromRpcError(error);
  }
}
