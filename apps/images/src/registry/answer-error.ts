import {
  dataLoss,
  failedPrecondition,
  invalidArgument,
  notFound,
  permissionDenied,
  resourceExhausted,
  unauthenticated,
  unavailable,
} from '@arcbox/errors';
import { readBounded } from './body.ts';
import { TransientError } from './transient.ts';
import type { HttpAnswer } from './transport.ts';

/** Error bodies are short; bytes. */
const maxErrorBody = 64 * 1024;

/** The errors of a registry: OCI distribution specification, "Error Codes". */
interface RegistryProblem {
  readonly code: string;
  readonly message: string;
}

/**
 * What an answer that is no success means to the user. `what` names the thing
 * asked for: `manifest for nginx:nope`. Reads the body.
 */
export async function errorOf(answer: HttpAnswer, host: string, what: string): Promise<Error> {
  const { code, message } = await readProblem(answer);
  const said = message === '' ? `HTTP ${answer.statusCode}` : message;
  switch (answer.statusCode) {
    case 400:
      if (code === 'DENIED') return permissionDenied(`registry ${host} denied access to ${what}: ${said}`);
      return invalidArgument(`registry ${host} does not accept ${what}: ${said}`);
    case 401:
      return unauthenticated(`registry ${host} refused the credentials: ${said}`);
    case 403:
      return permissionDenied(`registry ${host} denied access to ${what}: ${said}`);
    case 404:
      return notFound(`${what} not found: ${message || 'not found'}`);
    case 405:
      return failedPrecondition(`registry ${host} does not allow this for ${what}: ${said}`);
    case 413:
      return resourceExhausted(`${what} is too large for registry ${host}: ${said}`);
    case 416:
      return dataLoss(`${what}: the registry has fewer bytes than it announced`);
    case 429:
      return new TransientError(resourceExhausted(`registry ${host} throttles: ${said}`), retryAfter(answer));
    default:
      if (code === 'DENIED') return permissionDenied(`registry ${host} denied access to ${what}: ${said}`);
      return answer.statusCode >= 500 || answer.statusCode === 408
        ? new TransientError(unavailable(`registry ${host} failed: ${said}`), retryAfter(answer))
        : unavailable(`registry ${host} answered HTTP ${answer.statusCode} for ${what}: ${said}`);
  }
}

async function readProblem(answer: HttpAnswer): Promise<RegistryProblem> {
  try {
    const body = await readBounded(answer.body, maxErrorBody);
    const { errors, details } = JSON.parse(body.toString('utf8')) as { errors?: RegistryProblem[]; details?: string };
    const [first] = errors ?? [];
    return { code: first?.code ?? '', message: first?.message || details || '' };
  } catch {
    return { code: '', message: '' };
  }
}

/** Milliseconds: RFC 9110, 10.2.3; seconds or a date. */
function retryAfter({ headers }: HttpAnswer): number {
  const value = headers['retry-after'];
  if (typeof value !== 'string') return 0;
  if (/^\d+$/.test(value)) return Number(value) * 1_000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? 0 : Math.max(0, date - Date.now());
}
