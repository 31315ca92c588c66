import { invalidArgument } from '@arcbox/errors';

/** A weight, or how much a second, of a block device of the host; looked up when the container starts. */
export interface BlockDeviceValue {
  readonly path: string;
  readonly value: number;
}

/** Block io of single devices. */
export interface BlockDevices {
  /** 10 to 1000. */
  readonly weights: readonly BlockDeviceValue[];
  /** Bytes a second. */
  readonly readBps: readonly BlockDeviceValue[];
  readonly writeBps: readonly BlockDeviceValue[];
  /** Operations a second. */
  readonly readIops: readonly BlockDeviceValue[];
  readonly writeIops: readonly BlockDeviceValue[];
}

/** Undefined when nothing is asked for. INVALID_ARGUMENT names what is wrong. */
export function checkBlockDevices(wanted: BlockDevices): BlockDevices | undefined {
  const all = Object.values(wanted).flat();
  for (const { path, value } of all) {
    if (!path.startsWith('/') || path.includes('\0')) throw invalidArgument(`path of a block device must be absolute: ${path}`);
    if (value < 1 || value > Number.MAX_SAFE_INTEGER) throw invalidArgument(`limit of block device ${path} must be above 0: ${value}`);
  }
  const bad = wanted.weights.find(({ value }) => value < 10 || value > 1000);
  if (bad) throw invalidArgument(`weight of block device ${bad.path} must be between 10 and 1000, not ${bad.value}`);
  return all.length > 0 ? wanted : undefined;
}

export const hasRates = ({ readBps, writeBps, readIops, writeIops }: BlockDevices): boolean =>
  readBps.length + writeBps.length + readIops.length + writeIops.length > 0;
