import { Command } from 'commander';
import { addContainerOptions, type ContainerOptions, toCreateRequest } from '../container-options.ts';
import { createContainer } from '../create-container.ts';
import { withEngine } from '../engine.ts';
import { withExamples } from '../help.ts';
import { print } from '../output.ts';

export default function create(): Command {
  const command = addContainerOptions(new Command('create'))
    .description('Creates a container without starting it, and prints its id.')
    .usage('[OPTIONS] IMAGE [COMMAND] [ARG...]')
    .action((image: string, cmd: string[], options: ContainerOptions, self: Command) =>
      withEngine(self, async (engine) =>
        print(await createContainer(engine, toCreateRequest(options, image, cmd), options)),
      ),
    );
  return withExamples(command, [['arcbox create --name web -p 8080:80 nginx', 'arcbox start web starts it']]);
}
