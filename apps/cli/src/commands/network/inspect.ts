import { Command } from 'commander';
import { withEngine } from '../../engine.ts';
import { withExamples } from '../../help.ts';
import { networkToDocker } from '../../inspect/network.ts';
import { printInspected } from '../../inspect/print.ts';

export default function inspect(): Command {
  const command = new Command('inspect')
    .description('Shows everything known about networks, with the containers on them.')
    .argument('<network...>', 'ids or names')
    .option('-f, --format <format>', 'json, or a Go template such as {{.Driver}}')
    .option('-v, --verbose', 'more, where there is more')
    .action((names: string[], { format, verbose = false }: { format?: string; verbose?: boolean }, self: Command) =>
      withEngine(self, (engine) =>
        printInspected(names, format, async (id) => networkToDocker(await engine.networks.inspect({ id, verbose }))),
      ),
    );
  return withExamples(command, [["arcbox network inspect -f '{{json .IPAM.Config}}' back", 'its addresses']]);
}
