import { InvalidArgumentError } from 'commander';
import { parseMemory } from './size.ts';
import { parseTime } from './time.ts';

/** Argument parsers for options: each takes the text and, where it repeats, what came before. */

export function collect(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, text];
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It has to be a whole number.');
  return Number(text);
}

export function positiveDecimal(text: string): number {
  const value = Number(text);
  if (!/^[\d.]+$/.test(text) || !(value > 0)) throw new InvalidArgumentError('It has to be a number above zero.');
  return value;
}

export function memory(text: string): bigint {
  const bytes = parseMemory(text);
  if (bytes === undefined) throw new InvalidArgumentError('Write a number of bytes, or with a unit: 512m, 2g.');
  return bytes;
}

/** Memory with swap: -1 allows any amount. */
export function swap(text: string): bigint {
  return text === '-1' ? -1n : memory(text);
}

export function moment(text: string): number {
  const time = parseTime(text);
  if (time === undefined) {
    throw new InvalidArgumentError('Write a time (2026-01-31T12:00:00), Unix seconds, or how long ago (10m).');
  }
  return time;
}

export function yesOrNo(text: string): boolean {
  if (/^(true|1|yes)$/i.test(text)) return true;
  if (/^(false|0|no)$/i.test(text)) return false;
  throw new InvalidArgumentError('It has to be true or false.');
}

/** `KEY=VALUE`, or `KEY` alone for an empty value. */
export function collectPair(text: string, previous: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf('=');
  const key = at < 0 ? text : text.slice(0, at);
  if (!key) throw new InvalidArgumentError('Write KEY=VALUE.');
  return { ...previous, [key]: at < 0 ? '' : text.slice(at + 1) };
}
