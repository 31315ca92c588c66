import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { EngineError, failedPrecondition } from '@arcbox/errors';
import { processIdentity } from '@arcbox/store';
import type { LogLimits } from '../record/config.ts';
import type { Process } from '../record/status.ts';
import type { Places } from '../record/places.ts';
import type { Bundle } from './bundle.ts';
import { LifeLine } from './life-line.ts';
import { findProgram } from './programs.ts';

export interface MonitorOptions {
  readonly id: string;
  readonly name: string;
  readonly bundle: Bundle;
  readonly places: Places;
  readonly terminal: boolean;
  readonly stdin: boolean;
  readonly logs: LogLimits;
}

/** The runtime refused to make the container; the message is its reason. */
export class RuntimeRefusal extends EngineError {
  /** As a shell would report it: 127 not found, 126 not executable, else 128. */
  readonly exitCode: number;

  constructor(reason: string) {
    super('failed-precondition', reason);
    this.exitCode = exitCodeOf(reason);
  }
}

/** The runtime makes a container in a fraction of a second; this only ends what hangs. Milliseconds. */
const createDeadline = 60_000;

/**
 * Starts a conmon, which makes the container with the runtime and stays with
 * it: in a session of its own, so it outlives this process. Returns when the
 * container's process exists and waits to be released.
 */
export async function startMonitor(options: MonitorOptions): Promise<Process> {
  const child = spawnMonitor(options);
  child.unref();
  const monitor = child.pid && processIdentity(child.pid);
  if (monitor) options.bundle.monitor = monitor;
  const deadline = setTimeout(() => child.kill('SIGTERM'), createDeadline);
  try {
    const pid = await report(child);
    const identity = processIdentity(pid);
    if (identity === undefined || !monitor) throw failedPrecondition('the container was killed before it was started');
    return { pid, identity, monitor };
  } finally {
    clearTimeout(deadline);
    child.stderr?.destroy();
    (child.stdio[3] as Readable).destroy();
  }
}

function spawnMonitor(options: MonitorOptions): ChildProcess {
  const { path } = options.bundle;
  const line = new LifeLine(path).lay();
  try {
    return spawn(findProgram('conmon'), argumentsFor(options), {
      cwd: path,
      detached: true,
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', TZ: 'UTC', _OCI_SYNCPIPE: '3' },
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', line],
    });
  } finally {
    closeSync(line);
  }
}

/**
 * How far beyond its limits a log may grow where nobody rotates it, or somebody writes faster than we look: then conmon
 * begins it anew, and lines are lost. Far beyond, as we lose none; bytes.
 */
const logSlack = 128 * 1024 * 1024;

/** conmon(8); `--sync` because a session of its own is what detaching needs, a second fork adds nothing. */
function argumentsFor({ id, name, bundle, places, terminal, stdin, logs }: MonitorOptions): string[] {
  return [
    '--sync',
    '--api-version=1',
    `--cid=${id}`,
    `--cuuid=${id}`,
    `--name=${name}`,
    `--runtime=${findProgram('runc')}`,
    `--runtime-arg=--root`,
    `--runtime-arg=${places.runtime}`,
    `--bundle=${bundle.path}`,
    `--container-pidfile=${bundle.pidFile}`,
    `--exit-dir=${places.exits}`,
    `--persist-dir=${bundle.path}`,
    `--log-path=k8s-file:${places.logFile(id)}`,
    `--log-size-max=${Math.min(logs.maxBytes * logs.maxFiles + logSlack, Number.MAX_SAFE_INTEGER)}`,
    '--log-level=error',
    '--full-attach',
    '--no-sync-log',
    ...(terminal ? ['--terminal'] : []),
    ...(stdin ? ['--stdin'] : []),
  ];
}

/** The first line on the sync pipe: the pid, or -1 and the runtime's words. */
async function report(child: ChildProcess): Promise<number> {
  const said = { sync: '', errors: '' };
  child.stderr?.on('data', (chunk: Buffer) => (said.errors = (said.errors + chunk.toString()).slice(-4096)));
  const line = await new Promise<string>((resolve, reject) => {
    const pipe = child.stdio[3] as Readable;
    pipe.on('data', (chunk: Buffer) => {
      said.sync += chunk.toString();
      if (said.sync.includes('\n')) resolve(said.sync);
    });
    pipe.once('error', reject);
    pipe.once('end', () => resolve(said.sync));
    child.once('error', (error) => reject(failedPrecondition('conmon could not be started', error)));
  });
  const { data, message } = parseReport(line);
  if (data > 0) return data;
  throw new RuntimeRefusal(message || reasonFrom(said.errors) || 'the runtime failed without a word');
}

/** conmon escapes all control characters but one, so its JSON may be slightly wrong. */
function parseReport(line: string): { data: number; message: string } {
  const data = Number(/"data":\s*(-?\d+)/.exec(line)?.[1] ?? -1);
  const text = /"message":\s*"(.*)"/s.exec(line)?.[1] ?? '';
  const message = text.replaceAll(/\\u00([0-9a-f]{2})|\\(.)/g, (_, code?: string, char?: string) =>
    code ? String.fromCharCode(Number.parseInt(code, 16)) : char === 'n' ? '\n' : char === 't' ? '\t' : (char ?? ''),
  );
  return { data, message: reasonFrom(message) };
}

/** The telling part of the runtime's log lines (`time="…" level=error msg="…"`) or of plain text. */
export function reasonFrom(text: string): string {
  const messages = [...text.matchAll(/msg="((?:[^"\\]|\\.)*)"/g)].map((match) => unquote(match[1] ?? ''));
  const reason = messages.at(-1) ?? text.trim().split('\n').at(-1) ?? '';
  return reason.trim();
}

function unquote(text: string): string {
  return text.replaceAll(/\\(["\\])/g, '$1').replaceAll('\\n', ' ').replaceAll('\\t', ' ');
}

function exitCodeOf(reason: string): number {
  if (/executable file not found|no such file or directory|stat .*not found/i.test(reason)) return 127;
  if (/permission denied|is a directory|exec format error/i.test(reason)) return 126;
  return 128;
}
