import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReadStream } from 'node:tty';
import { openTerminal, type TerminalSize } from '@arcbox/linux';
import { processIdentity } from '@arcbox/store';
import type { Places } from '../record/places.ts';
import { reasonFrom, RuntimeRefusal } from '../runtime/conmon.ts';
import { exactJson } from '../runtime/exact-json.ts';
import { findProgram } from '../runtime/programs.ts';
import type { OciProcess } from '../spec/oci.ts';
import type { ExecCommand } from './exec.ts';
import type { ExecOutput } from './outputs.ts';

/** A process that the runtime is starting, or has started, in a container. */
export interface Launched {
  /** `pid.starttime` of who waits for the process. */
  readonly runtime: string;
  readonly stdin?: Writable;
  readonly outputs: readonly { readonly stream: ExecOutput['stream']; readonly from: Readable }[];
  /** Pid of the program, once it runs; rejects with the runtime's refusal. */
  readonly started: Promise<number>;
  /** Exit code; never rejects. */
  readonly ended: Promise<number>;
}

/** Where nobody says how large a terminal is. */
export const usualSize: TerminalSize = { height: 24, width: 80 };

/**
 * Starts the process, in a session of its own: whoever reads its output may go,
 * the process stays. Streams that are not asked for lead nowhere. Without a
 * terminal it gets our pipes themselves, and conmon(8) waits for it; `runc exec`
 * would wait for all who hold them. With one, `runc exec` stands between. Its
 * files are in a directory of the bundle that begins with `prefix`.
 */
export function launch(
  places: Places,
  container: string,
  process: OciProcess,
  command: Pick<ExecCommand, 'tty' | 'stdin' | 'stdout' | 'stderr'>,
  size: TerminalSize | undefined,
  prefix = 'exec-',
): Launched {
  const directory = mkdtempSync(join(places.bundle(container), prefix));
  const at = { process: join(directory, 'process.json'), pid: join(directory, 'pid'), log: join(directory, 'log') };
  writeFileSync(at.process, exactJson(process), { mode: 0o600 });
  const terminal = command.tty ? openTerminal(size ?? usualSize) : undefined;
  const [program, args] = command.tty ? onTerminalBy(places, container, at) : onPipesBy(places, container, at);
  const child = spawn(findProgram(program), args, { detached: true, stdio: stdioFor(command, terminal?.slave) });
  child.unref();
  if (terminal) closeSync(terminal.slave);
  const ended = exitOf(child);
  const started = startOf(at, ended);
  void Promise.allSettled([started, ended]).then(() => rmSync(directory, { recursive: true, force: true }));
  const runtime = child.pid === undefined ? undefined : processIdentity(child.pid);
  return { runtime: runtime ?? '', started, ended, ...(terminal ? onTerminal(terminal.master) : onPipes(child)) };
}

interface Files {
  /** The OCI process. */
  readonly process: string;
  /** Takes the pid of the program. */
  readonly pid: string;
  /** Takes what the runtime has to say. */
  readonly log: string;
}

function onTerminalBy({ runtime }: Places, container: string, { process, pid, log }: Files): ['runc', string[]] {
  return ['runc', ['--root', runtime, '--log', log, 'exec', '--process', process, '--pid-file', pid, container]];
}

function onPipesBy(places: Places, container: string, { process, pid, log }: Files): ['conmon', string[]] {
  const runtimeArgs = ['--root', places.runtime, '--log', log].map((arg) => `--runtime-arg=${arg}`);
  return [
    'conmon',
    [
      '--sync',
      '--api-version=1',
      `--cid=${container}`,
      `--cuuid=${container}`,
      `--runtime=${findProgram('runc')}`,
      ...runtimeArgs,
      `--bundle=${places.bundle(container)}`,
      `--container-pidfile=${pid}`,
      '--log-path=passthrough',
      '--log-level=error',
      '--exec',
      `--exec-process-spec=${process}`,
    ],
  ];
}

function stdioFor({ stdin, stdout, stderr }: Pick<ExecCommand, 'stdin' | 'stdout' | 'stderr'>, slave?: number): StdioOptions {
  if (slave !== undefined) return [slave, slave, slave];
  return [stdin, stdout, stderr].map((isWanted) => (isWanted ? 'pipe' : 'ignore'));
}

function onPipes({ stdin, stdout, stderr }: ChildProcess): Pick<Launched, 'stdin' | 'outputs'> {
  // It may end before it has read everything.
  stdin?.on('error', () => {});
  const outputs = [
    ...(stdout ? [{ stream: 'stdout' as const, from: stdout }] : []),
    ...(stderr ? [{ stream: 'stderr' as const, from: stderr }] : []),
  ];
  // When a process ends, Node throws away what nobody has begun to read: whoever will may come later.
  for (const { from } of outputs) from.on('readable', () => {});
  return { outputs, ...(stdin ? { stdin } : {}) };
}

function onTerminal(master: number): Pick<Launched, 'stdin' | 'outputs'> {
  const stream = new ReadStream(master);
  return { stdin: stream as unknown as Writable, outputs: [{ stream: 'stdout', from: stream }] };
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('error', () => resolve(notExecuted));
    child.once('exit', (code) => resolve(code ?? killed));
  });
}

/** What a shell says of a command that could not be executed, and of one that SIGKILL has ended. */
const notExecuted = 126;
const killed = 137;

/** The runtime writes the pid when the program runs, and ends without when it refuses. */
async function startOf(at: Files, ended: Promise<number>): Promise<number> {
  const state = { isOver: false };
  void ended.then(() => (state.isOver = true));
  for (;;) {
    const isOver = state.isOver;
    const pid = existsSync(at.pid) ? Number(readFileSync(at.pid, 'utf8')) : 0;
    if (pid > 0) return pid;
    if (isOver) throw new RuntimeRefusal(reasonIn(at.log) || 'the runtime failed without a word');
    await sleep(2);
  }
}

function reasonIn(log: string): string {
  return existsSync(log) ? reasonFrom(readFileSync(log, 'utf8')) : '';
}
