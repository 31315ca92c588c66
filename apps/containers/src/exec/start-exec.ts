import type { Logger } from '@arcbox/log';
import type { TerminalSize } from '@arcbox/linux';
import { outsideRequest } from '@arcbox/request';
import type { Background } from '../supervise/background.ts';
import { type Container, requireRunning } from '../record/container.ts';
import type { Containers } from '../record/containers.ts';
import type { Places } from '../record/places.ts';
import { RuntimeRefusal } from '../runtime/conmon.ts';
import type { HostAbilities } from '../spec/host.ts';
import type { Exec } from './exec.ts';
import type { Execs } from './execs.ts';
import { type Launched, launch } from './launch.ts';
import { type ExecOutput, readOutputs } from './outputs.ts';
import { processSpec } from './process-spec.ts';

export interface ExecDeps {
  readonly containers: Containers;
  readonly execs: Execs;
  readonly places: Places;
  readonly host: HostAbilities;
  readonly background: Background;
  readonly log: Logger;
}

/** A process that was started for a caller. */
export interface StartedExec {
  readonly launched: Launched;
  /** Exit code, once it is written down. */
  readonly ended: Promise<number>;
  /** What it writes, until it has ended. */
  output(): AsyncGenerator<ExecOutput, void, undefined>;
}

/**
 * Runs what Create has noted, once. Returns when its program runs; the refusal of
 * the runtime is FAILED_PRECONDITION and leaves 127 or 126 as the exit code.
 */
export async function startExec(deps: ExecDeps, reference: string, options: { detach: boolean; size?: TerminalSize }): Promise<StartedExec> {
  const { containers, execs, background } = deps;
  const exec = execs.find(reference);
  const container = requireRunning(containers.find(exec.container));
  execs.begin(exec.id);
  const launched = begin(deps, container, exec, options);
  execs.runs(exec.id, launched.runtime);
  // It ends by itself, when its caller may be long gone.
  const ended = outsideRequest(() => finish(deps, exec.id, launched));
  background.run(`exec ${exec.id}`, () => ended);
  const pid = await launched.started.catch((error: unknown) => {
    for (const { from } of launched.outputs) from.destroy();
    throw error;
  });
  execs.started(exec.id, pid);
  return { launched, ended, output: () => follow(launched) };
}

function begin(deps: ExecDeps, container: Container, { id, command }: Exec, { detach, size }: { detach: boolean; size?: TerminalSize }): Launched {
  const wanted = detach ? { ...command, stdin: false, stdout: false, stderr: false } : withOutput(command);
  try {
    return launch(deps.places, container.id, processSpec(deps, container, command, size), wanted, size);
  } catch (error) {
    deps.execs.ended(id, notStarted);
    throw error;
  }
}

/** Exit code of one that was refused before there was a process. */
const notStarted = 126;

/** Who attaches to nothing still sees it all: a stream that can never say a word helps nobody. */
function withOutput(command: Exec['command']): Exec['command'] {
  return command.stdout || command.stderr ? command : { ...command, stdout: true, stderr: true };
}

async function finish({ execs }: ExecDeps, id: string, { started, ended }: Launched): Promise<number> {
  const refusal = await started.then(
    () => undefined,
    (error: unknown) => error,
  );
  const code = refusal instanceof RuntimeRefusal ? refusal.exitCode : await ended;
  execs.ended(id, code);
  return code;
}

/** A reader who leaves stops nothing: what the process still writes goes nowhere. */
async function* follow({ outputs, stdin, ended }: Launched): AsyncGenerator<ExecOutput, void, undefined> {
  try {
    yield* readOutputs(outputs, ended);
  } finally {
    stdin?.end();
    for (const { from } of outputs) from.removeAllListeners('readable').resume();
    void ended.then(() => {
      for (const { from } of outputs) from.destroy();
    });
  }
}
