import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerStatsResponse } from '@arcbox/proto/arcbox/v1/container';
import { Command } from 'commander';
import type { Engine } from '../connection.ts';
import { withEngine } from '../engine.ts';
import { formatHelp, withExamples } from '../help.ts';
import { type Fields, printListing } from '../listing.ts';
import { formatMemory, formatSize } from '../size.ts';
import { shortId } from '../table.ts';

interface StatsOptions {
  all?: boolean;
  format?: string;
  stream: boolean;
  trunc: boolean;
}

/** CPU use is a rate, so two samples are taken, this far apart in milliseconds. */
const distance = 500;

interface Usage {
  readonly id: string;
  readonly name: string;
  readonly before: ContainerStatsResponse;
  readonly now: ContainerStatsResponse;
}

export default function stats(): Command {
  const command = new Command('stats')
    .description('Shows once what containers use of processors, memory, network and disks.')
    .argument('[container...]', 'ids or names (default: all that run)')
    .option('-a, --all', 'also those that do not run')
    .option('--format <format>', formatHelp)
    .option('--no-stream', 'once only, as it always is')
    .option('--no-trunc', 'whole ids')
    .action((names: string[], options: StatsOptions, self: Command) =>
      withEngine(self, async (engine) => {
        const usages = await measure(engine, names, options.all ?? false);
        await printListing(usages, {
          fields: fieldsOf(options.trunc ? shortId : (id) => id),
          columns: ['ID', 'Name', 'CPUPerc', 'MemUsage', 'MemPerc', 'NetIO', 'BlockIO', 'PIDs'],
          format: options.format,
        });
      }),
    );
  return withExamples(command, [
    ['arcbox stats', 'all that run'],
    ["arcbox stats --format '{{.Name}} {{.MemUsage}}' web", 'only the memory of one'],
  ]);
}

async function measure(engine: Engine, names: readonly string[], all: boolean): Promise<Usage[]> {
  const targets = names.length > 0 ? await named(engine, names) : await listed(engine, all);
  const sample = (): Promise<ContainerStatsResponse[]> =>
    Promise.all(targets.map(({ id }) => engine.containers.stats({ id })));
  const before = await sample();
  await sleep(targets.length > 0 ? distance : 0);
  const now = await sample();
  return targets.flatMap((target, index) => {
    const [first, second] = [before[index], now[index]];
    return first && second ? [{ ...target, before: first, now: second }] : [];
  });
}

async function named(engine: Engine, names: readonly string[]): Promise<{ id: string; name: string }[]> {
  return Promise.all(names.map((id) => engine.containers.inspect({ id })));
}

async function listed(engine: Engine, all: boolean): Promise<{ id: string; name: string }[]> {
  const { containers } = await engine.containers.list({ all });
  return containers.map(({ id, names }) => ({ id, name: names[0] ?? '' }));
}

function fieldsOf(formatId: (id: string) => string): Fields<Usage> {
  return {
    ID: { header: 'CONTAINER ID', value: ({ id }) => formatId(id) },
    Container: { header: 'CONTAINER', value: ({ id }) => formatId(id) },
    Name: { header: 'NAME', value: ({ name }) => name.replace(/^\//, '') },
    CPUPerc: { header: 'CPU %', value: ({ before, now }) => percent(cpuShare(before, now)) },
    MemUsage: {
      header: 'MEM USAGE / LIMIT',
      value: ({ now }) => `${formatMemory(now.memoryUsage)} / ${formatMemory(now.memoryLimit)}`,
    },
    MemPerc: { header: 'MEM %', value: ({ now }) => percent(ratio(now.memoryUsage, now.memoryLimit)) },
    NetIO: {
      header: 'NET I/O',
      value: ({ now }) => `${formatSize(now.networkRxBytes)} / ${formatSize(now.networkTxBytes)}`,
    },
    BlockIO: {
      header: 'BLOCK I/O',
      value: ({ now }) => `${formatSize(now.blockReadBytes)} / ${formatSize(now.blockWriteBytes)}`,
    },
    PIDs: { header: 'PIDS', value: ({ now }) => String(now.pids) },
  };
}

/** One whole processor is 1. */
function cpuShare(before: ContainerStatsResponse, now: ContainerStatsResponse): number {
  return (
    Math.max(0, ratio(now.cpuUsage - before.cpuUsage, now.systemCpuUsage - before.systemCpuUsage)) * now.onlineCpus
  );
}

const ratio = (part: bigint, whole: bigint): number => (whole > 0n ? Number(part) / Number(whole) : 0);

const percent = (share: number): string => `${(share * 100).toFixed(2)}%`;
