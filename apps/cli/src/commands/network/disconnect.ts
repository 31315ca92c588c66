import { Command } from 'commander';
import { withEngine } from '../../engine.ts';
import { withExamples } from '../../help.ts';

export default function disconnect(): Command {
  const command = new Command('disconnect')
    .description('Takes a container, running or not, off a network.')
    .argument('<network>', 'id or name')
    .argument('<container>', 'id or name')
    .option('-f, --force', 'also when the container cannot be reached')
    .action((network: string, id: string, { force = false }: { force?: boolean }, self: Command) =>
      withEngine(
        self,
        async (engine) => void (await engine.furtherContainers.disconnectNetwork({ id, network, force })),
      ),
    );
  return withExamples(command, [['arcbox network disconnect back web', 'it goes on without this network']]);
}
