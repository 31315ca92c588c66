import { invalidArgument } from '@arcbox/errors';
import { Command } from 'commander';
import type { Engine } from '../connection.ts';
import { parsePlace, type Place } from '../copy/place.ts';
import type { CopyOptions } from '../copy/to-container.ts';
import { withEngine } from '../engine.ts';
import { withExamples } from '../help.ts';
import { note } from '../output.ts';
import { formatSize } from '../size.ts';

interface CpOptions {
  archive?: boolean;
  followLink?: boolean;
  quiet?: boolean;
}

export default function cp(): Command {
  const command = new Command('cp')
    .description('Copies files into a container, or out of one, running or not. Links do not lead out of it.')
    .argument('<source>', 'container:path, a path, or - for a tar archive on standard input')
    .argument('<target>', 'the other side; - for a tar archive on standard output')
    .option('-a, --archive', 'keep the owners of the files')
    .option('-L, --follow-link', 'copy what the source links to')
    .option('-q, --quiet', 'do not tell what was copied')
    .action((source: string, target: string, options: CpOptions, self: Command) => {
      const [from, to] = [parsePlace(source), parsePlace(target)];
      const how = { followLink: options.followLink ?? false, keepOwners: options.archive ?? false };
      return withEngine(self, async (engine) => {
        const bytes = await copy(engine, from, to, how);
        if (!options.quiet && from.kind !== 'stream' && to.kind !== 'stream') {
          note(`Successfully copied ${formatSize(bytes)} to ${target}`);
        }
      });
    });
  return withExamples(command, [
    ['arcbox cp site web:/srv', 'a directory into one that is there'],
    ['arcbox cp site/. web:/srv', 'what is in it'],
    ['arcbox cp web:/etc/hosts .', 'a file out of a container'],
    ['tar c . | arcbox cp - web:/srv', 'an archive of standard input'],
  ]);
}

/** Loads what reads and writes files only now: help does without. */
async function copy(engine: Engine, from: Place, to: Place, options: CopyOptions): Promise<number> {
  if (from.kind === 'container') {
    if (to.kind === 'container') throw invalidArgument('copying between containers is not supported');
    return (await import('../copy/from-container.ts')).copyFromContainer(engine, from, to, options);
  }
  if (to.kind !== 'container') throw invalidArgument('one side must be a container: container:path');
  return (await import('../copy/to-container.ts')).copyToContainer(engine, from, to, options);
}
