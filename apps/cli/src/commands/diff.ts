import { ChangeKind } from '@arcbox/proto/arcbox/engine/v1/container';
import { Command } from 'commander';
import { withEngine } from '../engine.ts';
import { withExamples } from '../help.ts';
import { print } from '../output.ts';

export default function diff(): Command {
  const command = new Command('diff')
    .description('Lists what a container has changed in the files of its image: A is new, C changed, D removed.')
    .argument('<container>', 'id or name')
    .action((id: string, _options: object, self: Command) =>
      withEngine(self, async (engine) => {
        const { changes } = await engine.furtherContainers.changes({ id }, { deadline: Infinity });
        for (const { kind, path } of changes) await print(`${letters[kind] ?? '?'} ${path}`);
      }),
    );
  return withExamples(command, [['arcbox diff web', 'since it was created']]);
}

const letters: { readonly [kind: number]: string } = {
  [ChangeKind.CHANGE_KIND_MODIFIED]: 'C',
  [ChangeKind.CHANGE_KIND_ADDED]: 'A',
  [ChangeKind.CHANGE_KIND_DELETED]: 'D',
};
