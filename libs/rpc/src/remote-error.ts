import { EngineError, kindOfStatus } from '@arcbox/errors';
import { ClientError } from 'nice-grpc-common';

/**
 * An error that another worker answered, as ours: its kind and its words are
 * kept, so that it reaches the client as it was meant. What is internal to the
 * other worker stays internal here.
 */
export function fromRpcError(error: unknown): unknown {
  if (!(error instanceof ClientError)) return error;
  return new EngineError(kindOfStatus(error.code), error.details, { cause: error });
}
