import { Command } from 'commander';
import backup from './volume/backup.ts';
import clone from './volume/clone.ts';
import create from './volume/create.ts';
import inspect from './volume/inspect.ts';
import ls from './volume/ls.ts';
import restore from './volume/restore.ts';
import rm from './volume/rm.ts';
import { prune } from '../prune.ts';

export default function volume(): Command {
  return new Command('volume')
    .description('Volumes are directories that outlive containers.')
    .addCommand(backup())
    .addCommand(clone())
    .addCommand(create())
    .addCommand(inspect())
    .addCommand(ls())
    .addCommand(prune('volumes', 'Removes volumes that no container uses; those with a name only with --all.'))
    .addCommand(restore())
    .addCommand(rm());
}
