import { readClientConfig } from '@arcbox/config';
import { invalidArgument } from '@arcbox/errors';
import type { CreateRequest } from '@arcbox/proto/arcbox/engine/v1/container';
import type { Mount, PortBinding, ResourceLimits } from '@arcbox/proto/arcbox/v1/common';
import { type Command, Option } from 'commander';
import { readEnvironment } from './environment.ts';
import { collectMount, collectTmpfs, collectVolume } from './mounts.ts';
import { collect, collectPair, memory, positiveDecimal, swap, wholeNumber } from './option-values.ts';
import { collectPorts } from './ports.ts';

/** What `run` and `create` take to describe a container. */
export interface ContainerOptions {
  name?: string;
  env?: readonly string[];
  envFile?: readonly string[];
  workdir?: string;
  user?: string;
  entrypoint?: string;
  hostname?: string;
  label?: Record<string, string>;
  network?: string;
  publish?: readonly PortBinding[];
  volume?: readonly Mount[];
  mount?: readonly Mount[];
  tmpfs?: readonly Mount[];
  memory?: bigint;
  memorySwap?: bigint;
  cpus?: number;
  cpuShares?: number;
  cpuPeriod?: number;
  cpuQuota?: number;
  interactive?: boolean;
  tty?: boolean;
  rm?: boolean;
  pull: 'always' | 'missing' | 'never';
  platform?: string;
  quiet?: boolean;
  cidfile?: string;
}

/** Adds these options to a command. `-h` is the host name here, so help is `--help` alone. */
export function addContainerOptions(command: Command): Command {
  return command
    .helpOption('--help', 'show this help')
    .argument('<image>', 'name or id of the image')
    .argument('[command...]', "command to run in it, with its arguments (default: the image's)")
    .passThroughOptions()
    .option('--name <name>', 'name of the container (default: one is made up)')
    .addOption(
      new Option('-e, --env <NAME=value>', 'set a variable; NAME alone takes our own value').argParser(collect),
    )
    .addOption(new Option('--env-file <file>', 'variables from a file, one a line').argParser(collect))
    .option('-w, --workdir <directory>', 'directory that the command starts in')
    .option('-u, --user <user>', 'user[:group], names or ids')
    .option('--entrypoint <program>', "run this instead of the image's entrypoint")
    .option('-h, --hostname <name>', 'host name inside (default: its short id)')
    .addOption(new Option('-l, --label <key=value>', 'a label').argParser(collectPair))
    .option('--network <network>', 'bridge, host, none, container:<name> or a network (default: bridge)')
    .addOption(
      new Option('-p, --publish <[ip:]host:container>', 'make a port reachable from outside').argParser(collectPorts),
    )
    .addOption(
      new Option('-v, --volume <source:target[:ro]>', 'a volume or a directory of the host').argParser(collectVolume),
    )
    .addOption(new Option('--mount <type=…,source=…,target=…>', 'the same, in words').argParser(collectMount))
    .addOption(new Option('--tmpfs <target>', 'a directory in memory').argParser(collectTmpfs))
    .addOption(new Option('-m, --memory <bytes>', 'most memory: 512m, 2g').argParser(memory))
    .addOption(
      new Option('--memory-swap <bytes>', 'memory and swap together; -1 for any amount of swap').argParser(swap),
    )
    .addOption(new Option('--cpus <number>', 'most processors: 1.5').argParser(positiveDecimal))
    .addOption(
      new Option('-c, --cpu-shares <weight>', 'weight against others; 1024 is the norm').argParser(wholeNumber),
    )
    .addOption(new Option('--cpu-period <microseconds>', 'length of an accounting period').argParser(wholeNumber))
    .addOption(new Option('--cpu-quota <microseconds>', 'processor time in each period').argParser(wholeNumber))
    .option('-i, --interactive', 'pass our standard input on')
    .option('-t, --tty', 'give it a terminal')
    .option('--rm', 'remove it when it has ended')
    .addOption(
      new Option('--pull <when>', 'fetch the image').choices(['always', 'missing', 'never']).default('missing'),
    )
    .option('--platform <platform>', 'os/arch[/variant] to fetch the image for')
    .option('-q, --quiet', 'fetch the image without a word')
    .option('--cidfile <file>', 'write the id of the container to a new file');
}

/** The request that these options, the image and the command after it make. */
export function toCreateRequest(options: ContainerOptions, image: string, cmd: readonly string[]): CreateRequest {
  if (options.entrypoint === '') throw invalidArgument('--entrypoint needs a program');
  return {
    container: {
      name: options.name ?? '',
      image,
      cmd: [...cmd],
      entrypoint: options.entrypoint === undefined ? [] : [options.entrypoint],
      env: readEnvironment(options, readClientConfig().variable),
      workingDir: options.workdir ?? '',
      user: options.user ?? '',
      mounts: [...(options.volume ?? []), ...(options.mount ?? []), ...(options.tmpfs ?? [])],
      ports: [...(options.publish ?? [])],
      limits: limitsOf(options),
      labels: options.label ?? {},
      hostname: options.hostname ?? '',
      tty: options.tty ?? false,
      stdinOpen: options.interactive ?? false,
      networkMode: options.network ?? '',
    },
    autoRemove: options.rm ?? false,
    internal: undefined,
    options: undefined,
  };
}

function limitsOf(options: ContainerOptions): ResourceLimits | undefined {
  const limits = {
    memoryBytes: options.memory ?? 0n,
    cpuShares: BigInt(options.cpuShares ?? 0),
    cpuQuota: BigInt(options.cpuQuota ?? 0),
    cpuPeriod: BigInt(options.cpuPeriod ?? 0),
    cpus: options.cpus ?? 0,
    memorySwap: options.memorySwap ?? 0n,
  };
  return Object.values(limits).some((limit) => Number(limit) !== 0) ? limits : undefined;
}
