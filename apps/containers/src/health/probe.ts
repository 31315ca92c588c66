import { isAlive } from '@arcbox/store';
import type { Container } from '../record/container.ts';
import type { ExecCommand } from '../exec/exec.ts';
import { launch, type Launched } from '../exec/launch.ts';
import { readOutputs } from '../exec/outputs.ts';
import { processSpec } from '../exec/process-spec.ts';
import type { Places } from '../record/places.ts';
import { RuntimeRefusal } from '../runtime/conmon.ts';
import type { HostAbilities } from '../spec/host.ts';
import { formatNano, nowNano } from '../record/time.ts';
import { goDuration } from './go-duration.ts';
import type { CheckResult } from './judge.ts';
import { killGroup } from './kill-group.ts';
import { probePrefix } from './left-probes.ts';
import type { Slots } from './slots.ts';

export interface ProbeDeps {
  readonly places: Places;
  readonly host: HostAbilities;
}

export interface Probe {
  /** Program and arguments. */
  readonly cmd: readonly string[];
  /** Milliseconds. */
  readonly timeout: number;
}

/** Bytes of a check's output that are kept. */
const keptOutput = 4096;

/** Exit code of a check that could not be made, or took too long. */
const noCode = -1;

/** All but the program is as for the container's first process; what it reads is nothing. */
const ofContainer: Omit<ExecCommand, 'cmd'> = {
  env: [],
  workingDir: '',
  user: '',
  tty: false,
  stdin: false,
  stdout: true,
  stderr: true,
  privileged: false,
};

/**
 * Runs a check in a running container, as its first process's user. No record and
 * no event tells of it. One that takes too long is killed with its whole group; so
 * is one that `signal` ends, which then has no result. `slots` bound how many
 * start at a time.
 */
export async function probe(
  deps: ProbeDeps,
  container: Container,
  { cmd, timeout }: Probe,
  slots: Slots,
  signal: AbortSignal,
): Promise<CheckResult | undefined> {
  using slot = await slots.take();
  if (signal.aborted) return undefined;
  const start = formatNano(nowNano());
  const command: ExecCommand = { ...ofContainer, cmd };
  const launched = launch(deps.places, container.id, processSpec(deps, container, command, undefined), command, undefined, probePrefix);
  void launched.started.catch(() => {}).then(() => slot[Symbol.dispose]());
  const deadline = AbortSignal.timeout(timeout);
  const end = (): void => endProbe(launched);
  const over = AbortSignal.any([signal, deadline]);
  over.addEventListener('abort', end, { once: true });
  try {
    const outcome = await Promise.race([outcomeOf(launched), whenAborted(over)]);
    if (signal.aborted) return undefined;
    const late = { exitCode: noCode, output: `Health check exceeded timeout (${goDuration(timeout)})` };
    return { start, end: formatNano(nowNano()), ...(outcome ?? late) };
  } finally {
    over.removeEventListener('abort', end);
  }
}

async function outcomeOf(launched: Launched): Promise<Pick<CheckResult, 'exitCode' | 'output'>> {
  const writing = readStart(launched);
  try {
    await launched.started;
  } catch (error) {
    if (!(error instanceof RuntimeRefusal)) throw error;
    return { exitCode: noCode, output: error.message };
  }
  const output = await writing;
  return { exitCode: await launched.ended, output };
}

/** Reads everything, so that the check is not held up; keeps the beginning. */
async function readStart({ outputs, ended }: Launched): Promise<string> {
  let kept = Buffer.alloc(0);
  for await (const { bytes } of readOutputs(outputs, ended)) {
    if (kept.length < keptOutput) kept = Buffer.concat([kept, bytes.subarray(0, keptOutput - kept.length)]);
  }
  for (const { from } of outputs) from.destroy();
  return kept.toString();
}

/** Also one whose program has not started yet: it is killed when it does. */
function endProbe({ runtime, started, outputs }: Launched): void {
  void started.then(
    (pid) => isAlive(runtime) && killGroup(pid),
    () => {},
  );
  for (const { from } of outputs) from.destroy();
}

function whenAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }));
}
