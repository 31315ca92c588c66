import { Command } from 'commander';
import { prune } from '../prune.ts';
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
      prune(
        ['containers', 'networks', 'images'],
        'Removes stopped containers, unused networks, and images that nothing uses.',
      ),
    );
}
