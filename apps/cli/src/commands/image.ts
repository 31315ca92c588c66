import { Command } from 'commander';
import { prune } from '../prune.ts';
import images from './images.ts';
import inspect from './inspect.ts';
import pull from './pull.ts';
import rmi from './rmi.ts';
import tag from './tag.ts';

/** The commands for images once more, as docker also has them. */
export default function image(): Command {
  return new Command('image')
    .description('Images are what containers are made from.')
    .addCommand(images().name('ls').alias('list'))
    .addCommand(inspect('image'))
    .addCommand(prune(['images'], 'Removes images without a name; with --all every image that no container uses.'))
    .addCommand(pull())
    .addCommand(rmi().name('rm').alias('remove'))
    .addCommand(tag());
}
