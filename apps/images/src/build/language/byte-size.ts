import { invalidArgument } from '@arcbox/errors';

const powers = 'bkmgtp';

/** Reads `64m`, `1.5GiB` or `1024` into bytes; a unit is a power of 1024. */
export function parseByteSize(text: string): number {
  const [, number, unit = 'b'] = /^(\d+(?:\.\d+)?) ?([kmgtp]?)i?b?$/i.exec(text) ?? [];
  const size = Math.floor(Number(number) * 1024 ** powers.indexOf(unit.toLowerCase() || 'b'));
  if (number === undefined || !Number.isSafeInteger(size)) throw invalidArgument(`invalid value for size: ${text}`);
  return size;
}
