import { Command } from 'commander';
import { prune } from '../prune.ts';
import attach from './attach.ts';
import commit from './commit.ts';
import cp from './cp.ts';
import create from './create.ts';
import diff from './diff.ts';
import exec from './exec.ts';
import exportContainer from './export.ts';
import inspect from './inspect.ts';
import kill from './kill.ts';
import logs from './logs.ts';
import pause from './pause.ts';
import port from './port.ts';
import ps from './ps.ts';
import rename from './rename.ts';
import restart from './restart.ts';
import rm from './rm.ts';
import run from './run.ts';
import start from './start.ts';
import stats from './stats.ts';
import stop from './stop.ts';
import top from './top.ts';
import unpause from './unpause.ts';
import update from './update.ts';
import wait from './wait.ts';

/** The commands for containers once more, as docker also has them. */
export default function container(): Command {
  const command = new Command('container')
    .description('Containers run programs, apart from all else.')
    .enablePositionalOptions();
  const ofLife = [create, run, start, stop, restart, kill, pause, unpause, wait, rename, update, rm];
  const ofContent = [attach, exec, logs, top, stats, port, exportContainer, cp, diff, commit];
  const all = [...ofLife, ...ofContent];
  for (const make of all) command.addCommand(make());
  return command
    .addCommand(inspect('container'))
    .addCommand(ps().name('ls').aliases(['list', 'ps']))
    .addCommand(prune('containers', 'Removes all containers that do not run.'));
}
