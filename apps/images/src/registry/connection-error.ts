import { EngineError, messageOf, unavailable } from '@arcbox/errors';
import { TransientError } from './transient.ts';

/** Nobody is there: trying again within seconds does not help. */
const settled: { readonly [code: string]: string } = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'no such host',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
};

/** Turns what a connection can suffer into what it means to a user. */
export function connectionError(error: unknown, host: string): Error {
  if (error instanceof EngineError || error instanceof TransientError) return error;
  const code = codeOf(error);
  const reason = settled[code];
  if (reason !== undefined) return unavailable(`registry ${host} cannot be reached: ${reason}`, error);
  if (/CERT|SELF_SIGNED|ALTNAME|UNABLE_TO/.test(code)) {
    return unavailable(`registry ${host} cannot be trusted: ${messageOf(error)}`, error);
  }
  if (/^ERR_SSL|^EPROTO/.test(code)) return unavailable(`registry ${host} does not speak TLS`, error);
  const timedOut = /TIMEOUT|ETIMEDOUT/.test(code);
  const why = timedOut ? 'it does not answer' : `the connection broke (${code || 'unknown'})`;
  return new TransientError(unavailable(`registry ${host} cannot be reached: ${why}`, error));
}

/** undici and happy eyeballs wrap the error that tells. */
function codeOf(error: unknown): string {
  for (let at = error as WrappedError | undefined; at; at = at.errors?.[0] ?? at.cause) {
    if (typeof at.code === 'string') return at.code;
  }
  return '';
}

interface WrappedError {
  readonly code?: unknown;
  readonly cause?: WrappedError;
  readonly errors?: readonly WrappedError[];
}
