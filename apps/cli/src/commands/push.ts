import { invalidArgument, notFound } from '@arcbox/errors';
import { Command } from 'commander';
import type { Engine } from '../connection.ts';
import { Keychain } from '../credentials/keychain.ts';
import { withEngine } from '../engine.ts';
import { withExamples } from '../help.ts';
import { print } from '../output.ts';
import { formatReference, parseReference, type Reference } from '../reference.ts';
import { showTransfer } from '../show-transfer.ts';

interface PushOptions {
  allTags?: boolean;
  quiet?: boolean;
}

export default function push(): Command {
  const command = new Command('push')
    .description('Publishes an image in the registry that its name begins with. Layers that are there are not sent again.')
    .argument('<image>', '[registry/]repository[:tag]; without a tag it is latest')
    .option('-a, --all-tags', 'all tags of the repository that are here')
    .option('-q, --quiet', 'print only the names')
    .action((name: string, options: PushOptions, self: Command) =>
      withEngine(self, async (engine) => {
        const reference = parseReference(name);
        if (options.allTags && (reference.tag || reference.digest)) {
          throw invalidArgument(`--all-tags takes a repository: leave the tag away from ${name}`);
        }
        const auth = await new Keychain().encoded(reference.domain);
        const tags = options.allTags ? await tagsHere(engine, reference) : [name];
        for (const [index, tag] of tags.entries()) await pushOne(engine, tag, auth, index === 0, options);
      }),
    );
  return withExamples(command, [
    ['arcbox push registry:5000/team/app:1.2', 'see arcbox tag for such a name, arcbox login for credentials'],
    ['arcbox push -a registry:5000/team/app', 'all its tags'],
  ]);
}

async function pushOne(engine: Engine, name: string, auth: string, isFirst: boolean, options: PushOptions): Promise<void> {
  const reference = parseReference(name);
  const { quiet = false } = options;
  const opening = [
    options.allTags || reference.tag || reference.digest ? '' : 'Using default tag: latest',
    isFirst ? `The push refers to repository [${reference.domain}/${reference.path}]` : '',
  ];
  await showTransfer(engine.images.push({ reference: name, auth }), {
    quiet,
    opening: quiet ? undefined : opening.filter(Boolean).join('\n'),
    stream: process.stdout,
  });
  if (quiet) await print(formatReference(reference));
}

/** All names that a repository has here. */
async function tagsHere(engine: Engine, { domain, path }: Reference): Promise<string[]> {
  const { images } = await engine.images.list({});
  const names = images
    .flatMap(({ repoTags }) => repoTags)
    .filter((name) => {
      const other = parseReference(name);
      return other.domain === domain && other.path === path && other.tag !== '<none>';
    });
  if (names.length === 0) throw notFound(`no such image: ${domain}/${path}: it has no tags here`);
  return names.sort();
}
