import { Command } from 'commander';
import { pruneAll } from '../prune.ts';
import check from './check.ts';
import df from './df.ts';
import events from './events.ts';
import info from './info.ts';

export default function system(): Command {
  return new Command('system')
    .description('The engine as a whole.')
    .addCommand(check())
    .addCommand(df())
    .addCommand(events())
    .addCommand(info())
    .addCommand(
      pruneAll('Removes stopped containers, unused networks, images without a name that nothing uses, and old build cache.'),
    );
}
