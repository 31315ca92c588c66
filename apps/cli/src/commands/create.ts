import { Command } from 'commander';
import { addContainerOptions, type ContainerOptions, type ContainerWish, toCreateRequest } from '../container-options.ts';
import { createContainer } from '../create-container.ts';
import { withEngine } from '../engine.ts';
import { Exit, exitCodes } from '../exit.ts';
import { withExamples } from '../help.ts';
import { print } from '../output.ts';

export default function create(): Command {
  const command = addContainerOptions(new Command('create'))
    .description('Creates a container without starting it, and prints its id.')
    .usage('[OPTIONS] IMAGE [COMMAND] [ARG...]')
    .action((image: string, cmd: string[], options: ContainerOptions, self: Command) =>
      withEngine(self, async (engine) => print(await createContainer(engine, wishOf(options, image, cmd), options))),
    );
  return withExamples(command, [['arcbox create --name web -p 8080:80 nginx', 'arcbox start web starts it']]);
}

/** What is wrong with the options is wrong with the command line. */
function wishOf(options: ContainerOptions, image: string, cmd: readonly string[]): ContainerWish {
  try {
    return toCreateRequest(options, image, cmd);
  } catch (error) {
    throw new Exit(exitCodes.engine, '', { cause: error });
  }
}
