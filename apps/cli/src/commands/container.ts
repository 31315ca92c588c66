import { Command } from 'commander';
import { prune } from '../prune.ts';
import attach from './attach.ts';
import create from './create.ts';
import exportContainer from './export.ts';
import inspect from './inspect.ts';
import kill from './kill.ts';
import logs from './logs.ts';
import pause from './pause.ts';
import ps from './ps.ts';
import rm from './rm.ts';
import run from './run.ts';
import start from './start.ts';
import stats from './stats.ts';
import stop from './stop.ts';
import top from './top.ts';
import unpause from './unpause.ts';
import wait from './wait.ts';

/** The commands for containers once more, as docker also has them. */
export default function container(): Command {
  const command = new Command('container')
    .description('Containers run programs, apart from all else.')
    .enablePositionalOptions();
  const all = [attach, create, exportContainer, kill, logs, pause, rm, run, start, stats, stop, top, unpause, wait];
  for (const make of all) command.addCommand(make());
  return command
    .addCommand(inspect('container'))
    .addCommand(ps().name('ls').aliases(['list', 'ps']))
    .addCommand(prune(['containers'], 'Removes all containers that do not run.'));
}
