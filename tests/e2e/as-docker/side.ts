import type { CommandResult, Engine } from '../engine.ts';
import { runCommand } from '../engine.ts';
import type { Docker } from './docker.ts';

/** One of the two that are compared. */
export interface Side {
  /** Runs a command line, already split into words. */
  run(words: readonly string[], input?: string): Promise<CommandResult>;
}

export const sideOfDocker = ({ docker }: Docker): Side => ({ run: docker });

export const sideOfArcbox = (engine: Engine): Side => ({
  run(words, input) {
    const [program, ...first] = engine.command;
    return runCommand(program, [...first, ...words], input === undefined ? {} : { input });
  },
});

/** Removes what a case has left. */
export async function tidy({ run }: Side): Promise<void> {
  const idsOf = async (...words: string[]): Promise<string[]> => (await run(words)).stdout.split('\n').filter(Boolean);
  const containers = await idsOf('ps', '-aq');
  if (containers.length > 0) await run(['rm', '-fv', ...containers]);
  const volumes = await idsOf('volume', 'ls', '-q');
  if (volumes.length > 0) await run(['volume', 'rm', ...volumes]);
  const networks = await idsOf('network', 'ls', '-q', '--filter', 'type=custom');
  if (networks.length > 0) await run(['network', 'rm', ...networks]);
}
