import { connect as connectSocket } from 'node:net';
import { EngineError, kindOfStatus, messageOf } from '@arcbox/errors';
import { type Endpoint, formatEndpoint } from './host.ts';
import { printable } from './printable.ts';

/** An error of a call, as gRPC clients throw it. Told by its shape, so that gRPC need not be loaded for it. */
interface CallError extends Error {
  readonly code: number;
  readonly details: string;
}

const isCallError = (error: unknown): error is CallError =>
  error instanceof Error && 'details' in error && 'code' in error && typeof error.code === 'number';

/** The engine's own error behind what a call threw; others stay as they are. */
export function toEngineError(error: unknown): unknown {
  if (!isCallError(error)) return error;
  return new EngineError(kindOfStatus(error.code), error.details || 'the engine gave no reason', { cause: error });
}

/** True for errors of the engine, or of a call, of one of these kinds. */
export function isFailure(error: unknown, ...kinds: EngineError['kind'][]): boolean {
  const failure = toEngineError(error);
  return failure instanceof EngineError && kinds.includes(failure.kind);
}

/** What to tell the user, in one line. Finds out whether the engine is there at all. */
export async function describeFailure(error: unknown, endpoint: () => Endpoint): Promise<string> {
  const failure = toEngineError(error);
  if (isFailure(failure, 'unavailable', 'cancelled', 'internal') && isCallError(error)) {
    const place = endpoint();
    const reason = (await unreachable(place)) ?? misunderstanding(error);
    if (reason) return `cannot connect to the engine at ${formatEndpoint(place)}: ${reason}`;
  }
  return printable(messageOf(failure));
}

/** Why somebody who is there cannot be talked to, in the words of grpc-js and OpenSSL; undefined for errors of the engine. */
function misunderstanding({ details }: CallError): string | undefined {
  const groups = /^No connection established\. Last error: (?:Error: )?(?<reason>.*?)(?: \(\S+Z\))?\. Resolution/s.exec(
    details,
  )?.groups;
  if (!groups?.['reason']) return undefined;
  const ofOpenSsl = /:SSL routines:[^:]*:(?<words>[^:]+):/.exec(groups['reason'])?.groups?.['words'];
  return `${ofOpenSsl ?? groups['reason'].split(';')[0]}; do the --tls options fit?`;
}

/** Why nobody answers at an endpoint; undefined when somebody does. */
async function unreachable(endpoint: Endpoint): Promise<string | undefined> {
  const code = await new Promise<string | undefined>((resolve) => {
    const target = endpoint.kind === 'unix' ? { path: endpoint.path } : { host: endpoint.host, port: endpoint.port };
    const socket = connectSocket(target);
    socket.setTimeout(2_000, () => socket.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })));
    socket
      .once('connect', () => resolve(undefined))
      .once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    socket.once('connect', () => socket.destroy());
  });
  return code === undefined ? undefined : (reasons[code] ?? code);
}

const start = 'is it running? start it with `npm start`';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: `there is no such socket; ${start}`,
  ECONNREFUSED: `nobody listens there; ${start}`,
  EACCES: 'permission denied; run as root, or as a member of the group that owns the socket',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'no route to it',
};
