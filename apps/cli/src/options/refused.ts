import { type Command, Option } from 'commander';
import { Exit, exitCodes } from '../exit.ts';

/** Options of docker that make no sense here: flags, why, and the values that nothing has to be done for. */
export type Refused = readonly [flags: string, reason: string, harmless?: RegExp];

const windows = 'it is about containers of Windows';
const realtime = 'the engine gives no container real-time time of the processors';
const gateway = 'on a network of their own, containers find each other by name: arcbox network create, then --network';

/** Of `run` and `create`. */
export const refusedOfContainers: readonly Refused[] = [
  ['--gpus <request>', 'the engine has no driver for GPUs; --device passes single devices on'],
  ['--runtime <name>', 'containers run with runc', /^(runc|io\.containerd\.runc\.v2|)$/],
  ['--isolation <how>', 'it is about containers of Windows', /^(default|)$/],
  ['--link <container[:name]>', gateway],
  ['--link-local-ip <address>', 'addresses come from the subnets of networks: --ip and --ip6'],
  ['--storage-opt <option>', 'layers are directories of a file system without quotas'],
  ['--volume-driver <name>', 'volumes are directories of this host, driver local', /^(local|)$/],
  ['--kernel-memory <bytes>', 'kernels limit it no longer; --memory has it in it'],
  ['--cpu-rt-period <microseconds>', realtime],
  ['--cpu-rt-runtime <microseconds>', realtime],
  ['--cpu-count <number>', windows],
  ['--cpu-percent <number>', windows],
  ['--io-maxbandwidth <bytes>', windows],
  ['--io-maxiops <number>', windows],
  ['--use-api-socket', 'no socket of docker is here'],
  ...onlyTrue('disable-content-trust', 'nobody signs images here'),
];

/** Of `build`. */
export const refusedOfBuilds: readonly Refused[] = [
  ['--cache-from <image>', 'steps come from the cache of the engine, by their content'],
  ['--squash', 'an image has the layers of its steps'],
  ['--isolation <how>', windows, /^(default|)$/],
  ...['--memory <bytes>', '--memory-swap <bytes>', '--cpu-period <microseconds>', '--cpu-quota <microseconds>'].map(ofSteps),
  ...['--cpu-shares <weight>', '--cpuset-cpus <list>', '--cpuset-mems <list>', '--shm-size <bytes>'].map(ofSteps),
  ...['--ulimit <limit>', '--security-opt <option>', '--cgroup-parent <path>'].map(ofSteps),
  ...onlyTrue('rm', 'builds leave no containers behind'),
  ...onlyTrue('force-rm', 'builds leave no containers behind'),
  ['--compress', 'the context goes over a socket of this host'],
  ...onlyTrue('disable-content-trust', 'nobody signs images here'),
];

/** Of `network create`. */
export const refusedOfNetworks: readonly Refused[] = [
  ['-o, --opt <key=value>', 'bridges have no options'],
  ['--aux-address <name=address>', 'leave addresses out with --ip-range'],
  ['--ipam-driver <name>', 'the engine hands addresses out itself', /^(default|)$/],
  ['--ipam-opt <key=value>', 'the engine hands addresses out itself, without options'],
  ['--scope <scope>', 'a network belongs to one host', /^(local|)$/],
  ['--config-from <network>', 'there are no networks of settings alone'],
  ['--config-only', 'there are no networks of settings alone'],
  ['--ingress', 'there is no swarm'],
];

const onePlatform = 'an image is here for one platform';

/** Of commands for images. */
export const refusedPlatform: Refused = ['--platform <platform>', onePlatform];

/** Adds them, out of the help: whoever uses one learns why it is not there. */
export function addRefused(command: Command, refused: readonly Refused[]): Command {
  for (const [flags, reason, harmless] of refused) {
    const option = new Option(flags).hideHelp();
    command.addOption(option).on(`option:${option.name()}`, (value: string | null) => {
      if (!harmless?.test(value ?? '')) throw new Exit(exitCodes.engine, `${nameOf(option)} is not there: ${reason}`);
    });
  }
  return command;
}

const nameOf = ({ long = '', negate }: Option): string => (negate ? long.replace(/^--no-(.*)$/, '--$1=false') : long);

/** As it is anyway: only `=false` is refused. */
function onlyTrue(name: string, reason: string): Refused[] {
  return [
    [`--${name}`, reason, /^/],
    [`--no-${name}`, reason],
  ];
}

function ofSteps(flags: string): Refused {
  return [flags, 'steps of builds have the limits of every container'];
}
