import { type BigIntStats, statSync } from 'node:fs';
import { failedPrecondition, messageOf } from '@arcbox/errors';
import type { BlockDeviceValue } from '../options/block-devices.ts';
import type { Config } from '../record/config.ts';
import type { HostAbilities } from '../spec/host.ts';
import type { OciBlockIo, OciDeviceRate } from '../spec/oci.ts';
import { numbersOf } from './host-devices.ts';

export type BlockLimits = Omit<OciBlockIo, 'weight'>;

/** Weights and limits of single devices as the host has them now, without what its kernel does not know. FAILED_PRECONDITION names the device that is none. */
export function findBlockLimits({ resources }: Pick<Config, 'resources'>, host: Pick<HostAbilities, 'blockWeights' | 'blockRates'>): BlockLimits {
  const { weights = [], readBps = [], writeBps = [], readIops = [], writeIops = [] } = resources?.blockDevices ?? {};
  const limits: BlockLimits = {
    ...(host.blockWeights ? { weightDevice: weights.map(({ path, value: weight }) => ({ ...find(path), weight })) } : {}),
    ...(host.blockRates
      ? {
          throttleReadBpsDevice: readBps.map(toRate),
          throttleWriteBpsDevice: writeBps.map(toRate),
          throttleReadIOPSDevice: readIops.map(toRate),
          throttleWriteIOPSDevice: writeIops.map(toRate),
        }
      : {}),
  };
  return Object.fromEntries(Object.entries(limits).filter(([, devices]) => devices.length > 0));
}

const toRate = ({ path, value: rate }: BlockDeviceValue): OciDeviceRate => ({ ...find(path), rate });

function find(path: string): { major: number; minor: number } {
  const stat = look(path);
  if (!stat.isBlockDevice()) throw failedPrecondition(`${path} is no block device`);
  return numbersOf(stat.rdev);
}

function look(path: string): BigIntStats {
  try {
    return statSync(path, { bigint: true });
  } catch (error) {
    throw failedPrecondition(`block device ${path} cannot be looked up: ${messageOf(error)}`, error);
  }
}
