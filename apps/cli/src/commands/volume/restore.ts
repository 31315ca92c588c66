import { Command } from 'commander';
import { readArchive, toUpload } from '../../archive.ts';
import { withEngine } from '../../engine.ts';
import { withExamples } from '../../help.ts';
import { print } from '../../output.ts';

interface RestoreOptions {
  input: string;
  replace?: boolean;
}

export default function restore(): Command {
  const command = new Command('restore')
    .description('Fills a volume from a tar archive, all of it or nothing; it is made when there is none.')
    .argument('<volume>', 'its name')
    .option('-i, --input <file>', 'read a file instead of standard input', '-')
    .option('--replace', 'remove what the volume holds')
    .action((name: string, { input, replace = false }: RestoreOptions, self: Command) =>
      withEngine(self, async (engine) => {
        const requests = async function* () {
          yield { name, replace };
          yield* toUpload(readArchive(input));
        };
        await engine.furtherVolumes.restore(requests(), { deadline: Infinity });
        await print(name);
      }),
    );
  return withExamples(command, [
    ['arcbox volume restore -i data.tar data', 'plain, or compressed with gzip or zstd'],
    ['ssh other arcbox volume backup data | arcbox volume restore --replace data', 'from another machine'],
  ]);
}
