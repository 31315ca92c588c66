import type { BlockDeviceValue as WireValue, CreateOptions } from '@arcbox/proto/arcbox/engine/v1/container';
import type { LogLimits } from '../record/config.ts';
import type { BlockDevices, BlockDeviceValue } from './block-devices.ts';
import type { LogRequest } from './log-options.ts';
import type { Resources, ResourcesRequest } from './resources.ts';

/** The options that are read here. */
export const resourceOptions = [
  'ulimits',
  'pidsLimit',
  'cpusetCpus',
  'cpusetMems',
  'memoryReservation',
  'oomScoreAdj',
  'oomKillDisable',
  'memorySwappiness',
  'blkioWeight',
  'blkioWeightDevices',
  'deviceReadBps',
  'deviceWriteBps',
  'deviceReadIops',
  'deviceWriteIops',
  'log',
] as const satisfies readonly (keyof CreateOptions)[];

type Fields = Pick<CreateOptions, (typeof resourceOptions)[number]>;

export function readResources(options: Omit<Fields, 'log'> | undefined): ResourcesRequest {
  return {
    ulimits: (options?.ulimits ?? []).map(({ name, soft, hard }) => ({ name, soft: Number(soft), hard: Number(hard) })),
    pidsLimit: Number(options?.pidsLimit ?? 0),
    cpusetCpus: options?.cpusetCpus ?? '',
    cpusetMems: options?.cpusetMems ?? '',
    memoryReservation: Number(options?.memoryReservation ?? 0),
    ...(options?.oomScoreAdj === undefined ? {} : { oomScoreAdj: options.oomScoreAdj }),
    oomKillDisable: options?.oomKillDisable ?? false,
    ...(options?.memorySwappiness === undefined ? {} : { memorySwappiness: options.memorySwappiness }),
    blkioWeight: options?.blkioWeight ?? 0,
    blockDevices: {
      weights: readValues(options?.blkioWeightDevices),
      readBps: readValues(options?.deviceReadBps),
      writeBps: readValues(options?.deviceWriteBps),
      readIops: readValues(options?.deviceReadIops),
      writeIops: readValues(options?.deviceWriteIops),
    },
  };
}

const readValues = (values: readonly WireValue[] = []): BlockDeviceValue[] => values.map(({ path, value }) => ({ path, value: Number(value) }));

const toValues = (values: readonly BlockDeviceValue[] = []): WireValue[] => values.map(({ path, value }) => ({ path, value: BigInt(value) }));

function toBlockDevices(devices: BlockDevices | undefined) {
  return {
    blkioWeightDevices: toValues(devices?.weights),
    deviceReadBps: toValues(devices?.readBps),
    deviceWriteBps: toValues(devices?.writeBps),
    deviceReadIops: toValues(devices?.readIops),
    deviceWriteIops: toValues(devices?.writeIops),
  };
}

export function readLog(options: Pick<Fields, 'log'> | undefined): LogRequest | undefined {
  const log = options?.log;
  return log && { driver: log.driver, maxBytes: Number(log.maxBytes), maxFiles: log.maxFiles };
}

/** The same fields of a container, as they are now. */
export function toResources({ resources = {}, logs }: { resources?: Resources; logs: LogLimits }): Fields {
  return {
    ulimits: (resources.ulimits ?? []).map(({ name, soft, hard }) => ({ name, soft: BigInt(soft), hard: BigInt(hard) })),
    pidsLimit: BigInt(resources.pidsLimit ?? 0),
    cpusetCpus: resources.cpusetCpus ?? '',
    cpusetMems: resources.cpusetMems ?? '',
    memoryReservation: BigInt(resources.memoryReservation ?? 0),
    oomScoreAdj: resources.oomScoreAdj,
    oomKillDisable: resources.oomKillDisable ?? false,
    memorySwappiness: resources.memorySwappiness,
    blkioWeight: resources.blkioWeight ?? 0,
    ...toBlockDevices(resources.blockDevices),
    log: toLog(logs),
  };
}

function toLog({ driver = 'local', maxBytes, maxFiles }: LogLimits): Fields['log'] {
  return driver === 'none' ? { driver, maxBytes: 0n, maxFiles: 0 } : { driver, maxBytes: BigInt(maxBytes), maxFiles };
}
