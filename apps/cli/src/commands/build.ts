import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { buildImage, type BuildImageOptions } from '../build/build-image.ts';
import { withEngine } from '../engine.ts';
import { cannot } from '../file-failure.ts';
import { withExamples } from '../help.ts';
import { interruptible } from '../interruption.ts';
import { collect, collectPair } from '../option-values.ts';
import { addRefused, refusedOfBuilds } from '../options/refused.ts';
import { print } from '../output.ts';
import { buildView, type BuildProgress } from '../progress/build/view.ts';

interface BuildCommandOptions extends BuildImageOptions {
  iidfile?: string;
  progress: BuildProgress;
  quiet?: boolean;
}

export default function build(): Command {
  const repeated = (flags: string, description: string): Option =>
    new Option(flags, description).argParser(collect).default([], 'none');
  const command = new Command('build')
    .description('Builds an image from a Dockerfile and a directory with the files that it copies.')
    .argument('<path>', 'directory of the context; - reads a Dockerfile, or a tar archive of a context, from standard input')
    .addOption(repeated('-t, --tag <name>', 'name of the image: [registry/]repository[:tag]; may repeat'))
    .option('-f, --file <file>', 'the Dockerfile, also outside of the context; - reads it from standard input')
    .addOption(repeated('--build-arg <name=value>', 'value of an ARG; NAME alone takes it from the environment'))
    .option('--target <stage>', 'stage to build (default: the last)')
    .option('--no-cache', 'execute every step')
    .option('--pull', 'ask the registry for base images even when they are here', false)
    .addOption(
      repeated('--secret <secret>', 'for RUN --mount=type=secret: id=NAME,src=FILE or id=NAME,env=VARIABLE; never kept'),
    )
    .option('--platform <platform>', "os/arch or os/arch/variant (default: the engine's)")
    .addOption(new Option('--label <key=value>', 'label of the image; may repeat').argParser(collectPair).default({}, 'none'))
    .option('--network <network>', 'network of RUN: default, none, host, or the name of one')
    .addOption(
      new Option('--add-host <name:address>', 'line for /etc/hosts of RUN; may repeat').argParser(collectHost).default({}, 'none'),
    )
    .option('--iidfile <file>', 'write the id of the image into a file')
    .option('-q, --quiet', 'print only the id of the image')
    .addOption(
      new Option('--progress <how>', 'how to show progress').choices(['auto', 'plain', 'tty', 'quiet']).default('auto'),
    )
    .action((path: string, options: BuildCommandOptions, self: Command) =>
      withEngine(self, (engine) =>
        interruptible(async (signal) => {
          const quiet = options.quiet || options.progress === 'quiet';
          const view = await buildView(quiet ? 'quiet' : options.progress, process.stderr);
          const { id, names } = await buildImage(engine, path, options, view, signal);
          if (options.iidfile) writeId(options.iidfile, id);
          if (quiet) await print(id);
          else view.conclude([`Successfully built ${id}`, ...names.map((name) => `Successfully tagged ${name}`)]);
        }),
      ),
    );
  addRefused(command, refusedOfBuilds);
  return withExamples(command, [
    ['arcbox build -t app:1.2 .', 'what the Dockerfile here says'],
    ['arcbox build -t app -f docker/Dockerfile.dev --target dev .', 'another Dockerfile, one of its stages'],
    ['arcbox build --build-arg VERSION=3 --secret id=token,env=TOKEN .', 'with an argument and a secret'],
    ['arcbox build -t tool - < Dockerfile', 'no context at all'],
    ['git archive HEAD | arcbox build -', 'the context as an archive'],
  ]);
}

/** `name:address` or `name=address`; an IPv6 address may be in brackets. */
function collectHost(text: string, previous: Readonly<Record<string, string>>): Record<string, string> {
  const [, name, address] = /^([^:=]+)[:=]\[?([^\]]+)\]?$/.exec(text) ?? [];
  if (!name || !address) throw new InvalidArgumentError('Write NAME:ADDRESS.');
  return { ...previous, [name]: address };
}

function writeId(file: string, id: string): void {
  try {
    writeFileSync(file, id);
  } catch (error) {
    throw cannot('write', file, error);
  }
}
