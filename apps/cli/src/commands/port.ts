import { invalidArgument, notFound } from '@arcbox/errors';
import { Command } from 'commander';
import { withEngine } from '../engine.ts';
import { withExamples } from '../help.ts';
import { print } from '../output.ts';
import { formatHostPort, sortPorts } from '../ports.ts';

export default function port(): Command {
  const command = new Command('port')
    .description('Shows where the ports of a container are reachable on the host.')
    .argument('<container>', 'id or name')
    .argument('[port]', 'only this one: 80, 53/udp')
    .action((id: string, port: string | undefined, _options: object, self: Command) =>
      withEngine(self, async (engine) => {
        const { ports } = await engine.furtherContainers.inspect({ id });
        const published = sortPorts(ports.filter(({ hostPort }) => hostPort > 0));
        if (port === undefined) {
          for (const binding of published) {
            await print(`${binding.containerPort}/${binding.protocol} -> ${formatHostPort(binding)}`);
          }
          return;
        }
        const wanted = readPort(port);
        const found = published.filter(({ containerPort, protocol }) => `${containerPort}/${protocol}` === wanted);
        if (found.length === 0) throw notFound(`no public port ${wanted} published for ${id}`);
        for (const binding of found) await print(formatHostPort(binding));
      }),
    );
  return withExamples(command, [
    ['arcbox port web', 'all of them'],
    ['arcbox port web 80', 'the address of one'],
  ]);
}

/** `80` is `80/tcp`. */
function readPort(text: string): string {
  const [, number, protocol = 'tcp'] = /^(\d+)(?:\/(tcp|udp))?$/i.exec(text) ?? [];
  if (number === undefined) throw invalidArgument(`cannot read port ${text}: write 80 or 53/udp`);
  return `${number}/${protocol.toLowerCase()}`;
}
