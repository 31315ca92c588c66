import type { BlockDeviceValue, CreateOptions, Ulimit } from '@arcbox/proto/arcbox/engine/v1/container';
import type { ResourceLimits } from '@arcbox/proto/arcbox/v1/common';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { decimal, memory, swap, wholeInteger, wholeNumber } from '../option-values.ts';
import { collectDeviceBytes, collectDeviceRate, collectDeviceWeight } from './block-device.ts';
import { collectUlimit } from './ulimit.ts';

/** Limits that `run`, `create` and `update` know. */
export interface LimitOptions {
  memory?: bigint;
  memoryReservation?: bigint;
  memorySwap?: bigint;
  cpus?: number;
  cpuShares?: number;
  cpuPeriod?: number;
  cpuQuota?: number;
  cpusetCpus?: string;
  cpusetMems?: string;
  pidsLimit?: number;
  blkioWeight?: number;
}

/** How much of the machine a container may use. */
export interface ResourceOptions extends LimitOptions {
  memorySwappiness?: number;
  oomKillDisable?: boolean;
  oomScoreAdj?: number;
  shmSize?: bigint;
  ulimit?: readonly Ulimit[];
  blkioWeightDevice?: readonly BlockDeviceValue[];
  deviceReadBps?: readonly BlockDeviceValue[];
  deviceWriteBps?: readonly BlockDeviceValue[];
  deviceReadIops?: readonly BlockDeviceValue[];
  deviceWriteIops?: readonly BlockDeviceValue[];
}

export function addLimitOptions(command: Command): Command {
  return command
    .addOption(new Option('-m, --memory <bytes>', 'most memory: 512m, 2g').argParser(memory))
    .addOption(
      new Option('--memory-reservation <bytes>', 'memory it is pressed down to when memory is short').argParser(memory),
    )
    .addOption(
      new Option('--memory-swap <bytes>', 'memory and swap together; -1 for any amount of swap').argParser(swap),
    )
    .addOption(new Option('--cpus <number>', 'most processors: 1.5').argParser(decimal))
    .addOption(
      new Option('-c, --cpu-shares <weight>', 'weight against others; 1024 is the norm').argParser(wholeNumber),
    )
    .addOption(new Option('--cpu-period <microseconds>', 'length of an accounting period').argParser(wholeNumber))
    .addOption(new Option('--cpu-quota <microseconds>', 'processor time in each period').argParser(wholeInteger))
    .option('--cpuset-cpus <list>', 'processors it may use: 0-2,4')
    .option('--cpuset-mems <list>', 'memory nodes it may use: 0,1')
    .addOption(
      new Option('--pids-limit <number>', 'most processes and threads; -1 for any number').argParser(wholeInteger),
    )
    .addOption(
      new Option('--blkio-weight <weight>', 'weight for disks against others, 10 to 1000').argParser(wholeNumber),
    );
}

export function addResourceOptions(command: Command): Command {
  return addLimitOptions(command.optionsGroup('Limits:'))
    .addOption(
      new Option('--memory-swappiness <number>', 'how readily it is swapped out, 0 to 100').argParser(swappiness),
    )
    .option('--oom-kill-disable', 'do not kill it when memory runs out')
    .addOption(
      new Option('--oom-score-adj <number>', 'how soon it is killed when memory runs out, -1000 to 1000').argParser(
        wholeInteger,
      ),
    )
    .addOption(new Option('--shm-size <bytes>', 'size of /dev/shm (default: 64m)').argParser(memory))
    .addOption(new Option('--ulimit <name=soft[:hard]>', 'a limit of setrlimit: nofile=1024').argParser(collectUlimit))
    .addOption(
      new Option('--blkio-weight-device <device:weight>', 'weight for one disk, 10 to 1000').argParser(collectDeviceWeight),
    )
    .addOption(
      new Option('--device-read-bps <device:bytes>', 'most bytes a second from a disk: /dev/sda:10mb').argParser(collectDeviceBytes),
    )
    .addOption(new Option('--device-write-bps <device:bytes>', 'the same to a disk').argParser(collectDeviceBytes))
    .addOption(new Option('--device-read-iops <device:number>', 'most reads a second from a disk').argParser(collectDeviceRate))
    .addOption(new Option('--device-write-iops <device:number>', 'the same to a disk').argParser(collectDeviceRate));
}

/** The limits that arcbox.v1 has fields for; undefined when none is given. */
export function limitsOf(options: LimitOptions): ResourceLimits | undefined {
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

/** The limits that it has none for, as `create` and `update` take them. */
export function furtherLimitsOf(
  options: LimitOptions,
): Pick<CreateOptions, 'memoryReservation' | 'pidsLimit' | 'cpusetCpus' | 'cpusetMems' | 'blkioWeight'> {
  return {
    memoryReservation: options.memoryReservation ?? 0n,
    pidsLimit: BigInt(options.pidsLimit ?? 0),
    cpusetCpus: options.cpusetCpus ?? '',
    cpusetMems: options.cpusetMems ?? '',
    blkioWeight: options.blkioWeight ?? 0,
  };
}

export function resourcesOf(options: ResourceOptions): Partial<CreateOptions> {
  return {
    ...furtherLimitsOf(options),
    memorySwappiness: options.memorySwappiness,
    oomKillDisable: options.oomKillDisable ?? false,
    oomScoreAdj: options.oomScoreAdj,
    shmBytes: options.shmSize ?? 0n,
    ulimits: [...(options.ulimit ?? [])],
    blkioWeightDevices: [...(options.blkioWeightDevice ?? [])],
    deviceReadBps: [...(options.deviceReadBps ?? [])],
    deviceWriteBps: [...(options.deviceWriteBps ?? [])],
    deviceReadIops: [...(options.deviceReadIops ?? [])],
    deviceWriteIops: [...(options.deviceWriteIops ?? [])],
  };
}

/** -1 leaves it to the kernel, as when nothing is said. */
function swappiness(text: string): number | undefined {
  if (text === '-1') return undefined;
  const value = wholeNumber(text);
  if (value > 100) throw new InvalidArgumentError('It has to be 0 to 100.');
  return value;
}
