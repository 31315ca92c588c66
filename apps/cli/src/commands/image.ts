import { Command } from 'commander';
import { prune } from '../prune.ts';
import build from './build.ts';
import history from './history.ts';
import images from './images.ts';
import importFilesystem from './import.ts';
import inspect from './inspect.ts';
import load from './load.ts';
import pull from './pull.ts';
import push from './push.ts';
import rmi from './rmi.ts';
import save from './save.ts';
import tag from './tag.ts';

/** The commands for images once more, as docker also has them. */
export default function image(): Command {
  const command = new Command('image').description('Images are what containers are made from.');
  for (const make of [build, history, importFilesystem, load, pull, push, save, tag]) command.addCommand(make());
  return command
    .addCommand(images().name('ls').alias('list'))
    .addCommand(inspect('image'))
    .addCommand(prune('images', 'Removes images without a name; with --all every image that no container uses.'))
    .addCommand(rmi().name('rm').alias('remove'));
}
