import { Command } from 'commander';
import { pruneAll } from '../prune.ts';
import check from './check.ts';
import events from './events.ts';
import info from './info.ts';

export default function system(): Command {
  return new Command('system')
    .description('The engine as a whole.')
    .addCommand(check())
    .addCommand(events())
    .addCommand(info())
    .addCommand(
      pruneAll('Removes stopped containers, unused networks, and images without a name that nothing uses.'),
    );
}
