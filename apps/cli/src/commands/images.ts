import type { ImageSummary } from '@arcbox/proto/arcbox/v1/image';
import { Command, Option } from 'commander';
import type { Engine } from '../connection.ts';
import { formatAgo } from '../duration.ts';
import { withEngine } from '../engine.ts';
import { collectFilter, type Filters, toFilterJson } from '../filters.ts';
import { formatHelp, withExamples } from '../help.ts';
import { type ImageName, namesOf } from '../image-names.ts';
import { type Fields, printListing } from '../listing.ts';
import { formatSize } from '../size.ts';
import { shortId } from '../table.ts';
import { formatCreatedAt } from '../time.ts';

interface ImagesOptions {
  all?: boolean;
  digests?: boolean;
  filter?: Filters;
  format?: string;
  quiet?: boolean;
  trunc: boolean;
}

/** One line of the list: an image under one of its names. */
interface Row extends ImageName {
  readonly image: ImageSummary;
}

export default function images(): Command {
  const command = new Command('images')
    .description('Lists the images that are here, one line for each of their names.')
    .argument('[name]', 'only these: a repository, with or without tag; * stands for anything')
    .option('-a, --all', 'also intermediate images of builds')
    .option('--digests', 'with the digests of their manifests')
    .addOption(
      new Option(
        '-f, --filter <key=value>',
        'only some: dangling=true, label=a=b, reference=app:*, before=, since=',
      ).argParser(collectFilter),
    )
    .option('--format <format>', formatHelp)
    .option('--no-trunc', 'whole ids')
    .option('-q, --quiet', 'ids only')
    .action((name: string | undefined, options: ImagesOptions, self: Command) =>
      withEngine(self, (engine) => listImages(engine, name, options)),
    );
  return withExamples(command, [
    ['arcbox images', 'all images that have a name, and those that lost theirs'],
    ["arcbox images --format '{{.Repository}}:{{.Tag}} {{.Size}}'", 'only what you need'],
    ['arcbox rmi $(arcbox images -q -f dangling=true)', 'remove those without a name'],
  ]);
}

async function listImages(engine: Engine, name: string | undefined, options: ImagesOptions): Promise<void> {
  const digests = options.digests ?? /\.Digest\b|^json$/.test(options.format ?? '');
  const filters = name === undefined ? options.filter : collectFilter(`reference=${name}`, options.filter);
  const { images } = await engine.images.list({ all: options.all ?? false, filters: toFilterJson(filters), digests });
  const ids = options.quiet && !options.format;
  const rows = images.flatMap((image): Row[] =>
    (ids ? [noName] : namesOf(image, digests)).map((row) => ({ image, ...row })),
  );
  await printListing(rows, {
    fields: fieldsOf(options.trunc ? shortId : (id) => id),
    columns: ['Repository', 'Tag', ...(options.digests ? ['Digest'] : []), 'ID', 'CreatedSince', 'Size'],
    format: options.format,
    only: options.quiet ? 'ID' : undefined,
  });
}

const noName: ImageName = { repository: '<none>', tag: '<none>', digest: '<none>' };

function fieldsOf(formatId: (id: string) => string): Fields<Row> {
  return {
    Repository: { header: 'REPOSITORY', value: ({ repository }) => repository },
    Tag: { header: 'TAG', value: ({ tag }) => tag },
    Digest: { header: 'DIGEST', value: ({ digest }) => digest },
    ID: { header: 'IMAGE ID', value: ({ image }) => formatId(image.id) },
    CreatedSince: { header: 'CREATED', value: ({ image }) => (image.created > 0n ? formatAgo(image.created) : 'N/A') },
    CreatedAt: {
      header: 'CREATED AT',
      value: ({ image }) => (image.created > 0n ? formatCreatedAt(image.created) : 'N/A'),
    },
    Size: { header: 'SIZE', value: ({ image }) => formatSize(image.size) },
    Containers: { header: 'CONTAINERS', value: ({ image }) => String(image.containers) },
    Labels: {
      header: 'LABELS',
      value: ({ image }) =>
        Object.entries(image.labels)
          .map((pair) => pair.join('='))
          .join(','),
    },
    Label: {
      header: '',
      value:
        ({ image }) =>
        (name) =>
          image.labels[String(name)] ?? '',
    },
  };
}
