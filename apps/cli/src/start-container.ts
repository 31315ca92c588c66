import type { Engine } from './connection.ts';
import { Exit, exitCodes } from './exit.ts';
import { isFailure } from './failure.ts';
import { patience } from './patience.ts';

/**
 * Starts a container. A command that cannot be run ends us with the exit code
 * that a shell would give: 127 not found, 126 not executable. Its terminal, if it has one, is as large as ours.
 */
export async function startContainer(engine: Engine, id: string): Promise<void> {
  try {
    const { rows: height, columns: width } = process.stdout;
    await engine.furtherContainers.start({ id, height, width }, { deadline: patience.start });
  } catch (error) {
    if (!isFailure(error, 'failed-precondition')) throw error;
    throw new Exit(await recordedCode(engine, id), '', { cause: error });
  }
}

const commandCodes = [126, 127];

async function recordedCode(engine: Engine, id: string): Promise<number> {
  const code = await engine.containers
    .inspect({ id })
    .then(({ state }) => state?.exitCode ?? 0)
    .catch(() => codeOfRemoved(engine, id))
    .catch(() => exitCodes.engine);
  return commandCodes.includes(code) ? code : exitCodes.engine;
}

/** The code of a container that is gone, as far as the engine still knows it. */
async function codeOfRemoved(engine: Engine, id: string): Promise<number> {
  const { statusCode } = await engine.containers.wait({ id, condition: 'removed' }, { deadline: 2_000 });
  return Number(statusCode);
}
