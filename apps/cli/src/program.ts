import { build } from '@arcbox/config';
import { Command } from 'commander';
import { withoutBooleanValues } from './boolean-values.ts';
import { catalogue, hiddenCommands, loaderOf } from './catalogue.ts';
import { withExamples } from './help.ts';

/** The command line with only the commands in `wanted` loaded; of the others the help knows name and summary. */
export async function buildProgram(wanted: readonly string[]): Promise<Command> {
  const program = newProgram();
  for (const { heading, commands } of catalogue) {
    for (const [name, [summary]] of Object.entries(commands)) {
      const command = wanted.includes(name) ? await load(name, program) : new Command(name);
      program.addCommand(command.helpGroup(heading).summary(summary));
    }
  }
  for (const name of Object.keys(hiddenCommands)) {
    if (wanted.includes(name)) program.addCommand(await load(name, program), { hidden: true });
  }
  return program;
}

/** The command that these arguments name, undefined when they name none. */
export function commandIn(args: readonly string[]): string | undefined {
  const { operands } = newProgram()
    .passThroughOptions()
    .parseOptions([...args]);
  return operands[0];
}

function newProgram(): Command {
  const program = new Command('arcbox')
    .description('Runs containers: pulls their images, starts and stops them, shows what they do.')
    .usage('[OPTIONS] COMMAND')
    .version(
      `arcbox version ${build.version}, build ${build.commit.slice(0, 7) || 'unknown'}`,
      '-v, --version',
      'show the version',
    )
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .option('-H, --host <address>', 'the engine to talk to: unix:///path or tcp://host:port (also ARCBOX_HOST)')
    .option('--tls', 'encrypt the connection; --tlsverify or an authority also verifies the engine')
    .option('--tlsverify', 'encrypt, and verify the engine against the known authorities')
    .option('--tlscacert <file>', 'encrypt, and verify the engine against this authority')
    .option('--tlscert <file>', 'certificate to show to the engine')
    .option('--tlskey <file>', 'key of that certificate')
    .enablePositionalOptions()
    .exitOverride()
    .configureHelp({ subcommandTerm: (command) => command.name(), showGlobalOptions: false })
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, 'arcbox: ').replace(/\n\((.*)\)\n$/, ' $1\n')),
    });
  return withExamples(program, [
    ['arcbox run --rm busybox echo hello', 'run a command in a new container'],
    ['arcbox run -d --name web -p 8080:80 nginx', 'run a server in the background'],
    ['arcbox ps', 'what is running'],
    ['arcbox logs -f web', 'what it prints'],
    ['arcbox COMMAND --help', 'more about a command'],
  ]);
}

async function load(name: string, program: Command): Promise<Command> {
  const { default: make } = (await loaderOf(name)?.()) ?? {};
  if (!make) throw new Error(`no command ${name}`);
  return settle(make(), program);
}

/** Gives a command, and those below it, the ways of the program. */
function settle(command: Command, program: Command): Command {
  command.copyInheritedSettings(program);
  const parse = command.parseOptions.bind(command);
  command.parseOptions = (args) => parse(withoutBooleanValues(command, args));
  for (const child of command.commands) settle(child, program);
  return command;
}
