import { Command } from 'commander';
import { withEngine } from '../engine.ts';
import { withExamples } from '../help.ts';
import { print } from '../output.ts';
import { pullImage } from '../pull-image.ts';
import { formatReference, parseReference } from '../reference.ts';

interface PullCommandOptions {
  platform?: string;
  quiet?: boolean;
}

export default function pull(): Command {
  const command = new Command('pull')
    .description('Fetches an image from its registry. What is already here is not fetched again.')
    .argument('<name>', '[registry/]repository[:tag|@digest]; without a tag it is latest')
    .option('--platform <platform>', "os/arch or os/arch/variant (default: the engine's)")
    .option('-q, --quiet', 'print only the name')
    .action((name: string, { platform = '', quiet = false }: PullCommandOptions, self: Command) =>
      withEngine(self, async (engine) => {
        const reference = parseReference(name);
        const opening = !quiet && !reference.tag && !reference.digest ? 'Using default tag: latest' : undefined;
        await pullImage(engine, name, { platform, quiet, opening, stream: process.stdout });
        await print(formatReference(reference));
      }),
    );
  return withExamples(command, [
    ['arcbox pull busybox', 'docker.io/library/busybox:latest'],
    ['arcbox pull registry:5000/team/app:1.2', 'from a registry of your own; see arcbox login --help'],
    ['arcbox pull --platform linux/arm64 busybox', 'for another kind of processor'],
  ]);
}
