import { Command, Option } from 'commander';
import { withEngine } from '../engine.ts';
import { withExamples } from '../help.ts';
import { collect } from '../option-values.ts';
import { print } from '../output.ts';

interface CommitOptions {
  author?: string;
  change?: readonly string[];
  message?: string;
  pause: boolean;
}

export default function commit(): Command {
  const command = new Command('commit')
    .description('Makes an image of the files and settings of a container, without its volumes, and prints its id.')
    .argument('<container>', 'id or name')
    .argument('[name]', 'name of the image: [registry/]repository[:tag]')
    .option('-a, --author <text>', 'who made it')
    .addOption(
      new Option('-c, --change <instruction>', 'apply an instruction of Dockerfiles: CMD, ENV, LABEL …').argParser(collect),
    )
    .option('-m, --message <text>', 'comment of the image')
    .option('-p, --pause', 'pause the container meanwhile', true)
    .option('--no-pause', 'let it go on')
    .action((id: string, name: string | undefined, options: CommitOptions, self: Command) =>
      withEngine(self, async (engine) => {
        const { author = '', message = '', change = [], pause } = options;
        const request = { id, reference: name ?? '', author, message, changes: [...change], noPause: !pause };
        const image = await engine.furtherContainers.commit(request, { deadline: Infinity });
        await print(image.id);
      }),
    );
  return withExamples(command, [
    ['arcbox commit web web:fixed', 'an image of what it is now'],
    ['arcbox commit -c "CMD [\\"sh\\"]" -m "for a look" web', 'with another command'],
  ]);
}
