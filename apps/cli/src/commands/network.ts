import { Command } from 'commander';
import connect from './network/connect.ts';
import create from './network/create.ts';
import disconnect from './network/disconnect.ts';
import inspect from './network/inspect.ts';
import ls from './network/ls.ts';
import rm from './network/rm.ts';
import { prune } from '../prune.ts';

export default function network(): Command {
  return new Command('network')
    .description('Networks connect containers with each other and with the outside.')
    .addCommand(connect())
    .addCommand(create())
    .addCommand(disconnect())
    .addCommand(inspect())
    .addCommand(ls())
    .addCommand(prune('networks', 'Removes networks that no container uses.'))
    .addCommand(rm());
}
