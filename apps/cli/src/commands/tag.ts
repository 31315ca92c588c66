import { Command } from 'commander';
import { withEngine } from '../engine.ts';
import { withExamples } from '../help.ts';
import { splitTag } from '../reference.ts';

export default function tag(): Command {
  const command = new Command('tag')
    .description('Gives an image another name. A name that is in use moves to this image.')
    .argument('<source>', 'name or id of an image that is here')
    .argument('<target>', 'new name: [registry/]repository[:tag]')
    .action((source: string, target: string, _options: object, self: Command) =>
      withEngine(self, async (engine) => {
        await engine.images.tag({ source, ...splitTag(target) });
      }),
    );
  return withExamples(command, [
    ['arcbox tag app:1.2 registry:5000/team/app:1.2', 'the name under which it can be pushed'],
  ]);
}
