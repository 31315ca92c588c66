import type { Writable } from 'node:stream';
import { invalidArgument } from '@arcbox/errors';
import type { TerminalSize } from '@arcbox/linux';
import type { ExecRequest, ExecResponse, InspectExecResponse } from '@arcbox/proto/arcbox/engine/v1/container';
import type { ExecCreateRequest, ExecOutput, ExecStartRequest } from '@arcbox/proto/arcbox/v1/container';
import type { CallContext } from '@arcbox/rpc';
import type { Machinery } from '../machinery.ts';
import { RuntimeRefusal } from '../runtime/conmon.ts';
import { createExec } from './create-exec.ts';
import type { Exec, ExecCommand } from './exec.ts';
import { resizeExec } from './resize-exec.ts';
import { type StartedExec, startExec } from './start-exec.ts';

/** Trailer with the exit code. */
const exitCodeKey = 'x-exec-exit-code';

export function toCommand(request: ExecCreateRequest): ExecCommand {
  const { cmd, env, workingDir, user, tty, privileged, attachStdin, attachStdout, attachStderr } = request;
  return { cmd, env, workingDir, user, tty, privileged, stdin: attachStdin, stdout: attachStdout, stderr: attachStderr };
}

export function toExecInfo({ id, container, command, state, run, exitCode }: Exec): InspectExecResponse {
  const { cmd, env, workingDir, user, tty, privileged, stdin, stdout, stderr } = command;
  const process = { cmd: [...cmd], env: [...env], workingDir, user, tty, privileged };
  return {
    id,
    containerId: container,
    running: state === 'running',
    exitCode,
    pid: run?.pid ?? 0,
    process: { ...process, containerId: container, attachStdin: stdin, attachStdout: stdout, attachStderr: stderr },
  };
}

/** ExecStart of arcbox.v1: output only, the exit code in a trailer. */
export async function* execStart(
  machinery: Machinery,
  { id, detach, consoleSize }: ExecStartRequest,
  { trailer }: CallContext,
): AsyncGenerator<ExecOutput, void, undefined> {
  const exec = machinery.execs.find(id);
  const size = toSize(consoleSize);
  const started = await startTelling(machinery, exec.id, { detach, size }, (code) => trailer.set(exitCodeKey, String(code)));
  if (detach) return;
  started.launched.stdin?.end();
  for await (const { stream, bytes } of started.output()) yield { stream, data: bytes };
  trailer.set(exitCodeKey, String(await started.ended));
}

/** Exec of arcbox.engine.v1: with input. */
export async function* exec(
  machinery: Machinery,
  requests: AsyncIterable<ExecRequest>,
  context: CallContext,
): AsyncGenerator<ExecResponse, void, undefined> {
  const input = requests[Symbol.asyncIterator]();
  const first = await input.next();
  const message = first.done ? undefined : first.value.message;
  const id =
    message?.$case === 'process'
      ? createExec(machinery.containers, machinery.execs, message.value.containerId, toCommand(message.value))
      : message?.$case === 'execId'
        ? machinery.execs.find(message.value).id
        : undefined;
  if (id === undefined) throw invalidArgument('the first message must say what to run');
  let code: number | undefined;
  let started: StartedExec;
  try {
    started = await startTelling(machinery, id, { detach: false }, (number) => (code = number));
  } catch (error) {
    if (code !== undefined) yield { message: { $case: 'exitCode', value: code } };
    throw error;
  }
  yield { message: { $case: 'started', value: id } };
  feed(machinery, id, started.launched.stdin, input).catch((error: unknown) => context.log.debug({ error }, 'input ended'));
  for await (const { stream, bytes } of started.output()) {
    yield { message: { $case: 'output', value: { stream, data: bytes } } };
  }
  yield { message: { $case: 'exitCode', value: await started.ended } };
}

async function startTelling(
  machinery: Machinery,
  id: string,
  options: { detach: boolean; size?: TerminalSize },
  tell: (code: number) => void,
): Promise<StartedExec> {
  try {
    return await startExec(machinery, id, options);
  } catch (error) {
    if (error instanceof RuntimeRefusal) tell(error.exitCode);
    throw error;
  }
}

/** Brings the client's input to the process; its end, or the client's, is the end of the process's. */
async function feed(machinery: Machinery, id: string, stdin: Writable | undefined, input: AsyncIterator<ExecRequest>): Promise<void> {
  for (;;) {
    const next = await input.next();
    if (next.done) break;
    const { message } = next.value;
    if (message?.$case === 'resize') resizeExec(machinery.execs, id, message.value);
    else if (message?.$case === 'stdin' && stdin?.writable && !stdin.write(message.value)) await room(stdin);
  }
  if (!machinery.execs.find(id).command.tty) stdin?.end();
}

/** Returns when more can be written, or nothing ever will. */
function room(stdin: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stdin.off('drain', done).off('close', done);
      resolve();
    };
    stdin.once('drain', done).once('close', done);
  });
}

function toSize(size: readonly number[]): TerminalSize | undefined {
  if (size.length === 0) return undefined;
  const [height = 0, width = 0, ...rest] = size;
  if (rest.length > 0 || size.length < 2) throw invalidArgument('console_size must be height and width');
  return height > 0 && width > 0 ? { height, width } : undefined;
}
