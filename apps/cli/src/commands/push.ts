import { invalidArgument, notFound } from '@arcbox/errors';
import { Command } from 'commander';
import type { Engine } from '../connection.ts';
import { Keychain } from '../credentials/keychain.ts';
import { withEngine } from '../engine.ts';
import { withExamples } from '../help.ts';
import { addRefused, refusedPlatform } from '../options/refused.ts';
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
        const names = options.allTags ? await tagsHere(engine, reference) : [formatReference(reference)];
        const isWhole = Boolean(options.allTags || reference.tag || reference.digest);
        await showTransfer(engine.images.push({ reference: isWhole ? name : `${name}:latest`, auth }), {
          quiet: options.quiet ?? false,
          opening: isWhole || options.quiet ? undefined : 'Using default tag: latest',
          stream: process.stdout,
        });
        if (options.quiet) for (const pushed of names) await print(pushed);
      }),
    );
  addRefused(command, [refusedPlatform]);
  return withExamples(command, [
    ['arcbox push registry:5000/team/app:1.2', 'see arcbox tag for such a name, arcbox login for credentials'],
    ['arcbox push -a registry:5000/team/app', 'all its tags'],
  ]);
}

/** All names that a repository has here; the engine pushes them when it is named alone. */
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
