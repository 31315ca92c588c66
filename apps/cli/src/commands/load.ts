import { Command } from 'commander';
import { readArchive, toUpload } from '../archive.ts';
import { withEngine } from '../engine.ts';
import { withExamples } from '../help.ts';
import { addRefused, refusedPlatform } from '../options/refused.ts';
import { print } from '../output.ts';

export default function load(): Command {
  const command = new Command('load')
    .description('Takes in the images of a tar archive: one of arcbox save, of docker save, or an OCI image layout.')
    .option('-i, --input <file>', 'read a file instead of standard input', '-')
    .option('-q, --quiet', 'say nothing but what was loaded, as always')
    .action(({ input }: { input: string }, self: Command) =>
      withEngine(self, async (engine) => {
        const { images } = await engine.imageStore.import(toUpload(readArchive(input)), { deadline: Infinity });
        for (const { id, names } of images) {
          if (names.length === 0) await print(`Loaded image ID: ${id}`);
          for (const name of names) await print(`Loaded image: ${name}`);
        }
      }),
    );
  addRefused(command, [refusedPlatform]);
  return withExamples(command, [
    ['arcbox load -i app.tar', 'plain, or compressed with gzip or zstd'],
    ['docker save app | arcbox load', 'from docker'],
  ]);
}
