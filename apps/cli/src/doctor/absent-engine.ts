import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { type Paths, pathsFor, readClientConfig } from '@arcbox/config';
import { diagnoseHost, type Finding, reporterOf } from '@arcbox/diagnosis';
import { isAlive } from '@arcbox/store';
import { type Endpoint, formatEndpoint } from '../host.ts';

/** A socket of this host that does not take a connection by then does not take it; milliseconds. */
const patience = 2_000;

const report = reporterOf('engine');

/**
 * What can be seen without the engine, which failed to answer because of
 * `reason`: why that is, and how this host is where it is the engine's.
 */
export async function diagnoseAbsence(endpoint: Endpoint, reason: string): Promise<Finding[]> {
  if (endpoint.kind === 'tcp') {
    const message = `nobody answers at ${formatEndpoint(endpoint)}: ${reason}`;
    return [report.error('gateway', message, 'run arcbox doctor on the host of the engine, which cannot be looked at from here')];
  }
  const paths = pathsOf(endpoint.path);
  return [judgeAbsence(paths, endpoint.path, await whyRefused(endpoint.path), reason), ...(await diagnoseHost(paths))];
}

/** Where the engine behind a socket keeps its things, by the place that the socket has among them. */
export function pathsOf(socket: string): Paths {
  const usual = pathsFor();
  if (socket === usual.gatewaySocket) return usual;
  const root = dirname(dirname(socket));
  return basename(dirname(socket)) === 'run' ? pathsFor(root) : readClientConfig().paths;
}

function judgeAbsence(paths: Paths, socket: string, refusal: string | undefined, reason: string): Finding {
  const start = startCommand(paths);
  if (refusal === 'EACCES') {
    return report.error('gateway', `this user may not open ${socket}`, 'run as root, or as a member of the group that owns the socket');
  }
  const [supervisor, gateway] = [runningProcess(join(paths.run, 'supervisor.pid')), runningProcess(join(paths.run, 'pids/gateway-0.pid'))];
  const log = join(paths.log, 'gateway-0.log');
  if (supervisor !== undefined && gateway !== undefined) {
    const message = `the gateway (process ${gateway}) runs and does not answer: ${reason}`;
    return report.error('gateway', message, `see ${log}; ${start('--restart gateway')}`);
  }
  if (supervisor !== undefined) {
    return report.error('gateway', `the engine (process ${supervisor}) runs without its gateway`, `it starts it again by itself; see ${log}`);
  }
  if (gateway !== undefined) {
    const message = `the gateway (process ${gateway}) does not answer, and nothing watches over it: the engine was killed`;
    return report.error('gateway', message, start());
  }
  if (refusal === undefined) {
    const message = `somebody listens on ${socket} and does not answer as an engine does: ${reason}`;
    return report.error('gateway', message, `see who it is: ss -xlp src ${socket}`);
  }
  return report.error('gateway', `no engine runs: ${absences[refusal] ?? refusal} ${socket}`, start());
}

const absences: Readonly<Record<string, string>> = { ENOENT: 'there is no socket', ECONNREFUSED: 'nobody listens on' };

/** What starts this engine, as one types it. */
const startCommand =
  ({ state }: Paths) =>
  (more = ''): string => {
    const words = [...(state === pathsFor().state ? [] : [`--root ${state}`]), ...(more === '' ? [] : [more])];
    return ['npm start', ...(words.length === 0 ? [] : ['--', ...words])].join(' ');
  };

/** The process that a pid file names by pid and start, if it still runs. */
function runningProcess(file: string): number | undefined {
  try {
    const identity = readFileSync(file, 'utf8').trim();
    return isAlive(identity) ? Number.parseInt(identity, 10) : undefined;
  } catch {
    return undefined;
  }
}

/** The code of the error with which a socket refuses us; undefined when it takes us. */
function whyRefused(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (code: string | undefined): void => {
      socket.destroy();
      resolve(code);
    };
    socket.setTimeout(patience, () => end(undefined));
    socket.once('connect', () => end(undefined)).once('error', ({ code }: NodeJS.ErrnoException) => end(code ?? ''));
  });
}
