import { readClientConfig } from '@arcbox/config';
import { invalidArgument } from '@arcbox/errors';
import type { ExecCreateRequest } from '@arcbox/proto/arcbox/v1/container';
import { Command, Option } from 'commander';
import type { Engine } from '../connection.ts';
import { parseDetachKeys } from '../detach-keys.ts';
import { withEngine } from '../engine.ts';
import { readEnvironment } from '../environment.ts';
import { execProcess } from '../exec-process.ts';
import { endWithCode, exitCodes } from '../exit.ts';
import { withExamples } from '../help.ts';
import { collect } from '../option-values.ts';

interface ExecOptions {
  interactive?: boolean;
  tty?: boolean;
  detach?: boolean;
  detachKeys: string;
  env?: readonly string[];
  envFile?: readonly string[];
  user?: string;
  workdir?: string;
  privileged?: boolean;
}

export default function exec(): Command {
  const command = new Command('exec')
    .description(
      'Runs a further command in a running container and exits with its exit code; 126 means that it is not\n' +
        'executable, 127 that there is no such command.',
    )
    .usage('[OPTIONS] CONTAINER COMMAND [ARG...]')
    .argument('<container>', 'id or name')
    .argument('<command...>', 'command to run in it, with its arguments')
    .passThroughOptions()
    .option('-i, --interactive', 'pass our standard input on')
    .option('-t, --tty', 'give it a terminal')
    .option('-d, --detach', 'leave it in the background')
    .option('--detach-keys <keys>', 'with -it: keys that leave it in the background', 'ctrl-p,ctrl-q')
    .addOption(
      new Option('-e, --env <NAME=value>', 'set a variable; NAME alone takes our own value').argParser(collect),
    )
    .addOption(new Option('--env-file <file>', 'variables from a file, one a line').argParser(collect))
    .option('-w, --workdir <directory>', 'directory that it starts in')
    .option('-u, --user <user>', 'user[:group], names or ids')
    .option('--privileged', 'all capabilities')
    .action((container: string, cmd: string[], options: ExecOptions, self: Command) =>
      endWithCode(() => {
        const request = toExecRequest(container, cmd, options);
        if (request.tty && request.attachStdin && !process.stdin.isTTY) {
          throw invalidArgument('the input device is not a TTY');
        }
        return withEngine(self, (engine) =>
          options.detach
            ? startInBackground(engine, request)
            : execProcess(engine, request, request.tty ? parseDetachKeys(options.detachKeys) : []),
        );
      }, exitCodes.failed),
    );
  return withExamples(command, [
    ['arcbox exec web nginx -t', 'one command'],
    ['arcbox exec -it web sh', 'a shell in it'],
    ['arcbox exec -i db sh -c "cat >/dump.sql" < dump.sql', 'with input'],
    ['arcbox exec -u 1000 -w /src -e DEBUG=1 web make', 'as somebody, somewhere'],
  ]);
}

function toExecRequest(containerId: string, cmd: string[], options: ExecOptions): ExecCreateRequest {
  const environment = readEnvironment(options, readClientConfig().variable);
  const attached = !options.detach;
  return {
    containerId,
    cmd,
    attachStdin: attached && (options.interactive ?? false),
    attachStdout: attached,
    attachStderr: attached,
    tty: options.tty ?? false,
    env: Object.entries(environment).map((pair) => pair.join('=')),
    workingDir: options.workdir ?? '',
    user: options.user ?? '',
    privileged: options.privileged ?? false,
  };
}

async function startInBackground(engine: Engine, request: ExecCreateRequest): Promise<number> {
  const { id } = await engine.containers.execCreate(request);
  const nothing = engine.containers.execStart({ id, detach: true, tty: request.tty, consoleSize: [] });
  await nothing[Symbol.asyncIterator]().next();
  return 0;
}
