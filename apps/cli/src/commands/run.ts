import { Command, Option } from 'commander';
import { addContainerOptions, toCreateRequest } from '../container-options.ts';
import { withEngine } from '../engine.ts';
import { endWithCode } from '../exit.ts';
import { withExamples } from '../help.ts';
import { runContainer, type RunOptions } from '../run-container.ts';

export default function run(): Command {
  const command = addContainerOptions(new Command('run'))
    .description(
      'Creates a container and starts it, fetching its image first if it is not here. Shows its output, passes signals\n' +
        'on, and exits with its exit code; 125 means that the engine failed, 126 that the command is not executable,\n' +
        '127 that there is no such command.',
    )
    .usage('[OPTIONS] IMAGE [COMMAND] [ARG...]')
    .optionsGroup('This terminal:')
    .option('-d, --detach', 'leave it in the background and print its id')
    .option('--detach-keys <keys>', 'with -it: keys that leave it in the background', 'ctrl-p,ctrl-q')
    .option('--sig-proxy', 'pass signals on; --sig-proxy=false keeps them', true)
    .addOption(new Option('--no-sig-proxy').hideHelp())
    .action((image: string, cmd: string[], options: RunOptions, self: Command) =>
      endWithCode(() =>
        withEngine(self, (engine) => runContainer(engine, toCreateRequest(options, image, cmd), options)),
      ),
    );
  return withExamples(command, [
    ['arcbox run --rm busybox echo hello', 'one command, nothing left behind'],
    ['arcbox run -it --rm busybox', 'a shell'],
    ['arcbox run -d --name web -p 8080:80 nginx', 'a server, reachable at port 8080'],
    ['arcbox run --rm -v "$PWD":/src -w /src node npm test', 'on the files of this directory'],
    ['tar c . | arcbox run -i --rm busybox tar t', 'as part of a pipe'],
  ]);
}
