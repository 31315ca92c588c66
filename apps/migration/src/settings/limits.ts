import { isTrue, type Json, numberOf, objectOf, objectsOf, textOf } from './json.ts';
import type { DeviceValue, LimitsOrder, LogOrder } from './order.ts';
import type { Surroundings } from './surroundings.ts';

/** How much a container may use. */
export function toLimits(container: Json, { source }: Surroundings): LimitsOrder {
  const host = objectOf(container['HostConfig']);
  const memory = numberOf(host['Memory']);
  const swappiness = host['MemorySwappiness'];
  const score = numberOf(host['OomScoreAdj']);
  return {
    memory,
    // Without a limit of memory it limits nothing.
    memorySwap: memory === 0 ? 0 : numberOf(host['MemorySwap']),
    memoryReservation: numberOf(host['MemoryReservation']),
    // -1 is unset, and in podman so is 0.
    ...(typeof swappiness === 'number' && swappiness >= (source === 'podman' ? 1 : 0) ? { memorySwappiness: swappiness } : {}),
    oomKillDisable: isTrue(host['OomKillDisable']),
    ...(score === 0 ? {} : { oomScoreAdj: score }),
    shmBytes: numberOf(host['ShmSize']),
    ...cpusOf(host),
    cpuShares: numberOf(host['CpuShares']),
    cpusetCpus: textOf(host['CpusetCpus']),
    cpusetMems: textOf(host['CpusetMems']),
    pidsLimit: numberOf(host['PidsLimit']),
    ulimits: objectsOf(host['Ulimits']).map(ulimitOf),
    blkioWeight: numberOf(host['BlkioWeight']),
    blkioWeightDevices: valuesOf(host['BlkioWeightDevice'], 'Weight'),
    readBps: valuesOf(host['BlkioDeviceReadBps'], 'Rate'),
    writeBps: valuesOf(host['BlkioDeviceWriteBps'], 'Rate'),
    readIops: valuesOf(host['BlkioDeviceReadIOps'], 'Rate'),
    writeIops: valuesOf(host['BlkioDeviceWriteIOps'], 'Rate'),
  };
}

/** podman shows one limit both ways; a negative quota is none. */
function cpusOf(host: Json): Pick<LimitsOrder, 'cpus' | 'cpuPeriod' | 'cpuQuota'> {
  const cpus = numberOf(host['NanoCpus']) / 1e9;
  if (cpus > 0) return { cpus, cpuPeriod: 0, cpuQuota: 0 };
  return { cpus: 0, cpuPeriod: numberOf(host['CpuPeriod']), cpuQuota: Math.max(numberOf(host['CpuQuota']), 0) };
}

/** `RLIMIT_NOFILE` in podman is `nofile`. */
function ulimitOf(limit: Json): LimitsOrder['ulimits'][number] {
  const name = textOf(limit['Name']).toLowerCase().replace(/^rlimit_/, '');
  return { name, soft: numberOf(limit['Soft']), hard: numberOf(limit['Hard']) };
}

function valuesOf(devices: unknown, name: 'Weight' | 'Rate'): DeviceValue[] {
  return objectsOf(devices).map((device) => ({ path: textOf(device['Path']), value: numberOf(device[name]) }));
}

/** Drivers whose files are as good as those that are written here. */
const inFiles = new Set(['', 'json-file', 'local', 'k8s-file']);

/** What becomes of the output. */
export function toLog(container: Json, lost: string[]): LogOrder {
  const log = objectOf(objectOf(container['HostConfig'])['LogConfig']);
  const driver = textOf(log['Type']);
  if (driver === 'none') return { driver, maxBytes: 0, maxFiles: 0 };
  const { 'max-size': size, 'max-file': files, ...others } = objectOf(log['Config']);
  const isFile = inFiles.has(driver);
  if (!isFile) lost.push(`log driver ${driver}: here output is kept in files`);
  for (const name of Object.keys(others)) lost.push(`log option ${name}=${textOf(others[name])}`);
  return { driver: '', maxBytes: isFile ? bytesOf(textOf(size)) : 0, maxFiles: isFile ? Number.parseInt(textOf(files), 10) || 0 : 0 };
}

/** `10m` is 10,000,000, as docker takes the size of a log; what is none is 0. */
function bytesOf(text: string): number {
  const { amount = '0', unit = '' } = /^(?<amount>\d+(?:\.\d+)?) ?(?<unit>[kmgtp]?)(?:i?b)?$/i.exec(text.trim())?.groups ?? {};
  return Math.round(Number(amount) * 1000 ** ' kmgtp'.indexOf(unit.toLowerCase() || ' '));
}
