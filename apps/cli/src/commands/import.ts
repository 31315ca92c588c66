import { Command, Option } from 'commander';
import { readArchive, toUpload } from '../archive.ts';
import { withEngine } from '../engine.ts';
import { withExamples } from '../help.ts';
import { collect } from '../option-values.ts';
import { print } from '../output.ts';

interface ImportOptions {
  change?: readonly string[];
  message?: string;
  platform?: string;
}

export default function importFilesystem(): Command {
  const command = new Command('import')
    .description('Makes an image of one layer from a tar archive of a file system, and prints its id.')
    .argument('<file>', 'plain, or compressed with gzip or zstd; - reads standard input')
    .argument('[name]', 'name of the image: [registry/]repository[:tag]')
    .addOption(
      new Option('-c, --change <instruction>', 'apply an instruction of Dockerfiles: CMD, ENV, LABEL …').argParser(collect),
    )
    .option('-m, --message <text>', 'comment of the image')
    .option('--platform <platform>', "os/arch or os/arch/variant (default: the engine's)")
    .action((file: string, name: string | undefined, options: ImportOptions, self: Command) =>
      withEngine(self, async (engine) => {
        const requests = described(toUpload(readArchive(file)), {
          reference: name ?? '',
          changes: [...(options.change ?? [])],
          message: options.message ?? '',
          platform: options.platform ?? '',
        });
        const { id } = await engine.imageStore.importFilesystem(requests, { deadline: Infinity });
        await print(id);
      }),
    );
  return withExamples(command, [
    ['arcbox import rootfs.tar.gz base:1', 'a root file system made elsewhere'],
    ['arcbox export web | arcbox import -c "CMD [\\"sh\\"]" - web:flat', 'a container as an image of one layer'],
  ]);
}

/** With what is to be known before the first byte. */
async function* described<Piece extends object, Description extends object>(
  pieces: AsyncIterable<Piece>,
  description: Description,
): AsyncGenerator<Piece & Partial<Description>, void, undefined> {
  let first: Description | undefined = description;
  for await (const piece of pieces) {
    yield { ...piece, ...first };
    first = undefined;
  }
}
