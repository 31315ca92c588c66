import type { ContainerStatsResponse } from '@arcbox/proto/arcbox/v1/container';
import type { Fields } from '../listing.ts';
import { formatMemory, formatSize } from '../size.ts';

/** What a container uses: two samples, as the use of processors is a rate; with one alone that is not known. */
export interface Usage {
  readonly id: string;
  readonly name: string;
  readonly before: ContainerStatsResponse | undefined;
  readonly now: ContainerStatsResponse;
}

export const usageColumns = ['ID', 'Name', 'CPUPerc', 'MemUsage', 'MemPerc', 'NetIO', 'BlockIO', 'PIDs'];

export function usageFields(formatId: (id: string) => string): Fields<Usage> {
  return {
    ID: { header: 'CONTAINER ID', value: ({ id }) => formatId(id) },
    Container: { header: 'CONTAINER', value: ({ id }) => formatId(id) },
    Name: { header: 'NAME', value: ({ name }) => name.replace(/^\//, '') },
    CPUPerc: { header: 'CPU %', value: ({ before, now }) => (before ? percent(cpuShare(before, now)) : '--') },
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
