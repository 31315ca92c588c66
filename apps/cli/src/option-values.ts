import { InvalidArgumentError } from 'commander';
import { parseDuration } from './duration.ts';
import { parseMemory } from './size.ts';
import { parseTime, parseTimeNano } from './time.ts';

/** Argument parsers for options: each takes the text and, where it repeats, what came before. */

export function collect(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, text];
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It has to be a whole number.');
  return Number(text);
}

/** Also below zero. */
export function wholeInteger(text: string): number {
  return text.startsWith('-') ? -wholeNumber(text.slice(1)) : wholeNumber(text);
}

/** Processors: as fine as a billionth of one. */
export function decimal(text: string): number {
  if (!/^(\d+\.?\d{0,9}|\.\d{1,9})$/.test(text)) throw new InvalidArgumentError('It has to be a number, such as 1.5.');
  return Number(text);
}

/** A duration as Go writes it, `1m30s`. */
export function nanoseconds(text: string): bigint {
  const milliseconds = text === '0' ? 0 : parseDuration(text);
  if (milliseconds === undefined) throw new InvalidArgumentError('Write a duration: 500ms, 10s, 1m30s.');
  return BigInt(Math.round(milliseconds * 1e6));
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
  if (time === undefined) throw new InvalidArgumentError(notAMoment);
  return time;
}

const notAMoment = 'Write a time (2026-01-31T12:00:00), Unix seconds, or how long ago (10m).';

/** A moment to the nanosecond; before 1970 there was nothing, and 0 would mean no time. */
export function momentNano(text: string): bigint {
  const time = parseTimeNano(text);
  if (time === undefined) throw new InvalidArgumentError(notAMoment);
  return time > 0n ? time : 1n;
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
