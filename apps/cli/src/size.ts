const decimal = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];
const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** Bytes in decimal units with three significant digits: `1.23MB`, `512B`. */
export function formatSize(bytes: number | bigint): string {
  return scale(Number(bytes), 1000, decimal, 3);
}

/** Bytes in binary units with four significant digits, as memory is shown: `1.944GiB`. */
export function formatMemory(bytes: number | bigint): string {
  return scale(Number(bytes), 1024, binary, 4);
}

function scale(bytes: number, base: number, units: readonly string[], digits: number): string {
  let value = bytes;
  let unit = 0;
  // What would be rounded up to a whole `base` belongs to the next unit.
  while (unit < units.length - 1 && round(value, digits) >= base) {
    value /= base;
    unit++;
  }
  return `${round(value, digits)}${units[unit]}`;
}

const round = (value: number, digits: number): number =>
  Number(value.toPrecision(Math.max(digits, integerDigits(value))));

const integerDigits = (value: number): number => Math.max(1, Math.trunc(Math.abs(value)).toString().length);

/** `512m`, `1.5g`, `64MiB`, `1048576`: bytes, in powers of 1024 as docker takes memory. Undefined when it is none. */
export function parseMemory(text: string): bigint | undefined {
  return parseSize(text, 1024);
}

/** `10m` is 10,000,000 here, as docker takes the size of a log. */
export function parseDecimalSize(text: string): bigint | undefined {
  return parseSize(text, 1000);
}

function parseSize(text: string, base: number): bigint | undefined {
  const match = /^(?<number>\d+(?:\.\d+)?) ?(?<unit>[kmgtp]?)(?:i?b)?$/i.exec(text.trim());
  if (!match?.groups) return undefined;
  const power = ' kmgtp'.indexOf(match.groups['unit']?.toLowerCase() || ' ');
  return BigInt(Math.round(Number(match.groups['number']) * base ** power));
}
