import { invalidArgument } from '@arcbox/errors';
import type { IpamSubnet } from '@arcbox/proto/arcbox/v1/api';
import { Command, Option } from 'commander';
import { withEngine } from '../../engine.ts';
import { withExamples } from '../../help.ts';
import { collect, collectPair } from '../../option-values.ts';
import { addRefused, refusedOfNetworks } from '../../options/refused.ts';
import { note, print } from '../../output.ts';

interface CreateOptions {
  driver: string;
  internal?: boolean;
  ipv4: boolean;
  ipv6?: boolean;
  label?: Record<string, string>;
  subnet?: readonly string[];
  gateway?: readonly string[];
  ipRange?: readonly string[];
}

export default function create(): Command {
  const command = new Command('create')
    .description('Makes a network. Containers on it find each other by name.')
    .argument('<name>', 'name of the network')
    .option('-d, --driver <driver>', 'kind of network', 'bridge')
    .option('--internal', 'no way out')
    .addOption(new Option('--attachable', 'single containers can be connected to it, as to every network').hideHelp())
    .option('--ipv6', 'IPv6 addresses too')
    .addOption(new Option('--ipv4', 'IPv4 addresses, as every network has them').default(true).hideHelp())
    .option('--no-ipv4', 'IPv6 addresses alone, with --ipv6')
    .addOption(new Option('--label <key=value>', 'a label').argParser(collectPair))
    .addOption(new Option('--subnet <cidr>', 'addresses to use (default: some that are free)').argParser(collect))
    .addOption(new Option('--gateway <address>', 'address of the host in the subnet').argParser(collect))
    .addOption(new Option('--ip-range <cidr>', 'part of the subnet to take addresses from').argParser(collect))
    .action((name: string, options: CreateOptions, self: Command) => {
      const subnets = subnetsOf(options);
      return withEngine(self, async (engine) => {
        const { id, warnings } = await engine.networks.create({
          name,
          driver: options.driver,
          internal: options.internal ?? false,
          enableIpv6: options.ipv6 ?? false,
          labels: options.label ?? {},
          ipam: subnets.length > 0 || !options.ipv4 ? { driver: 'default', options: options.ipv4 ? {} : withoutIPv4, subnets } : undefined,
        });
        for (const warning of warnings) note(`WARNING: ${warning}`);
        await print(id);
      });
    });
  addRefused(command, refusedOfNetworks);
  return withExamples(command, [
    ['arcbox network create back', 'a network of your own'],
    ['arcbox run -d --network back --name db postgres', 'others on it reach this as db'],
    ['arcbox network create --subnet 10.5.0.0/16 lab', 'with addresses of your choice'],
  ]);
}

/** Options of ipam for a network of IPv6 alone. */
const withoutIPv4 = { 'com.docker.network.enable_ipv4': 'false' };

/** The n-th gateway and range belong to the n-th subnet. */
function subnetsOf({ subnet = [], gateway = [], ipRange = [] }: CreateOptions): IpamSubnet[] {
  if (gateway.length > subnet.length || ipRange.length > subnet.length) {
    throw invalidArgument('--gateway and --ip-range need a --subnet each');
  }
  return subnet.map((cidr, index) => ({ subnet: cidr, gateway: gateway[index] ?? '', ipRange: ipRange[index] ?? '' }));
}
