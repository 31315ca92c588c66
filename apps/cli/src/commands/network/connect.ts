import { Command, Option } from 'commander';
import { withEngine } from '../../engine.ts';
import { withExamples } from '../../help.ts';
import { collect } from '../../option-values.ts';

interface ConnectOptions {
  alias?: readonly string[];
  ip?: string;
  ip6?: string;
  macAddress?: string;
}

export default function connect(): Command {
  const command = new Command('connect')
    .description('Puts a container, running or not, on a further network.')
    .argument('<network>', 'id or name')
    .argument('<container>', 'id or name')
    .addOption(new Option('--alias <name>', 'a further name that others find it by').argParser(collect))
    .option('--ip <address>', 'its address, in the subnet of the network')
    .option('--ip6 <address>', 'its IPv6 address')
    .option('--mac-address <address>', 'its MAC address')
    .action((network: string, id: string, options: ConnectOptions, self: Command) =>
      withEngine(self, async (engine) => {
        const { alias = [], ip = '', ip6 = '', macAddress = '' } = options;
        const attachment = { network, ipv4Address: ip, ipv6Address: ip6, macAddress, aliases: [...alias] };
        await engine.furtherContainers.connectNetwork({ id, attachment });
      }),
    );
  return withExamples(command, [
    ['arcbox network connect back web', 'web finds what is on back, and is found'],
    ['arcbox network connect --ip 10.5.0.9 --alias db back postgres', 'with an address and a name of your choice'],
  ]);
}
