import { ArchiveFormat } from '@arcbox/proto/arcbox/engine/v1/image';
import { Command, Option } from 'commander';
import { writeArchive } from '../archive.ts';
import { withEngine } from '../engine.ts';
import { withExamples } from '../help.ts';

const formats = { oci: ArchiveFormat.ARCHIVE_FORMAT_OCI, docker: ArchiveFormat.ARCHIVE_FORMAT_DOCKER } as const;
import { addRefused, refusedPlatform } from '../options/refused.ts';

interface SaveOptions {
  format?: keyof typeof formats;
  output?: string;
}

export default function save(): Command {
  const command = new Command('save')
    .description('Writes images with all their layers into a tar archive, which arcbox load and docker load read.')
    .argument('<image...>', 'names or ids; a repository without a tag means all its tags')
    .option('-o, --output <file>', 'write to a file instead of standard output')
    .addOption(
      new Option('--format <format>', 'describe the images only in this way (default: in both)').choices(
        Object.keys(formats),
      ),
    )
    .action((images: string[], { format, output }: SaveOptions, self: Command) =>
      withEngine(self, (engine) =>
        writeArchive(
          output,
          engine.imageStore.save({
            images,
            format: format ? formats[format] : ArchiveFormat.ARCHIVE_FORMAT_UNSPECIFIED,
          }),
        ),
      ),
    );
  addRefused(command, [refusedPlatform]);
  return withExamples(command, [
    ['arcbox save -o app.tar app:1.2 app:latest', 'two names in one file'],
    ['arcbox save app | zstd > app.tar.zst', 'compressed; arcbox load reads it as it is'],
    ['arcbox save app | ssh host arcbox load', 'to another machine'],
  ]);
}
