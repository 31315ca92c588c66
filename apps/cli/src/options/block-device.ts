import type { BlockDeviceValue } from '@arcbox/proto/arcbox/engine/v1/container';
import { InvalidArgumentError } from 'commander';
import { parseMemory } from '../size.ts';

/** Reads `/dev/sda:value`, one more of a list. */
const collector =
  (what: string, read: (text: string) => bigint | undefined) =>
  (text: string, previous: readonly BlockDeviceValue[] = []): readonly BlockDeviceValue[] => {
    const [, path, given = ''] = /^(\/dev\/[^:]+):([^:]+)$/.exec(text) ?? [];
    const value = read(given);
    if (path === undefined || value === undefined || value <= 0n) throw new InvalidArgumentError(`Write /dev/of-the-host:${what}.`);
    return [...previous, { path, value }];
  };

const whole = (text: string): bigint | undefined => (/^\d{1,15}$/.test(text) ? BigInt(text) : undefined);

export const collectDeviceBytes = collector('bytes, also with a unit: 10mb', parseMemory);
export const collectDeviceRate = collector('number', whole);
export const collectDeviceWeight = collector('weight, 10 to 1000', (text) => {
  const weight = whole(text);
  return weight !== undefined && weight >= 10n && weight <= 1000n ? weight : undefined;
});
