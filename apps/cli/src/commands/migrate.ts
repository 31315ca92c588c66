import { Command } from 'commander';
import attach from './migrate/attach.ts';
import cancel from './migrate/cancel.ts';
import from from './migrate/from.ts';
import ls from './migrate/ls.ts';
import rm from './migrate/rm.ts';

export default function migrate(): Command {
  return new Command('migrate')
    .description('Brings over what another container engine on this host has: images, volumes, networks, containers.')
    .addCommand(from())
    .addCommand(attach())
    .addCommand(cancel())
    .addCommand(ls())
    .addCommand(rm());
}
