import { toJson } from '../json-text.ts';
import { TemplateError } from './template-error.ts';
import { fieldOf, formatValue, isTrue, lengthOf } from './value.ts';

type TemplateFunction = (...parameters: unknown[]) => unknown;

/** What templates can call: Go's own functions, and those that docker adds. */
const functions: Readonly<Record<string, TemplateFunction>> = {
  json: (value) => toJson(value ?? null),
  upper: (value) => formatValue(value).toUpperCase(),
  lower: (value) => formatValue(value).toLowerCase(),
  title: (value) => formatValue(value).replace(/\b\p{L}/gu, (letter) => letter.toUpperCase()),
  join: (list, separator) => listOf(list).map(formatValue).join(formatValue(separator)),
  split: (value, separator) => formatValue(value).split(formatValue(separator)),
  len: (value) => lengthOf(value),
  truncate: (value, width) => [...formatValue(value)].slice(0, Number(width)).join(''),
  pad: (value, before, after) => ' '.repeat(Number(before)) + formatValue(value) + ' '.repeat(Number(after)),
  print: (...values) => values.map(formatValue).join(''),
  println: (...values) => `${values.map(formatValue).join(' ')}\n`,
  printf: (format, ...values) => formatWith(formatValue(format), values),
  slice: (value, from = 0, to = undefined) => sliceOf(value, Number(from), to === undefined ? undefined : Number(to)),
  index: (value, ...keys) => keys.reduce(elementOf, value),
  eq: (first, ...others) => others.some((other) => formatValue(first) === formatValue(other)),
  ne: (first, second) => formatValue(first) !== formatValue(second),
  lt: (first, second) => compare(first, second) < 0,
  le: (first, second) => compare(first, second) <= 0,
  gt: (first, second) => compare(first, second) > 0,
  ge: (first, second) => compare(first, second) >= 0,
  and: (...values) => values.find((value) => !isTrue(value)) ?? values.at(-1),
  or: (...values) => values.find(isTrue) ?? values.at(-1),
  not: (value) => !isTrue(value),
};

export function functionOf(name: string): TemplateFunction {
  const found = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (!found) throw new TemplateError(`template: function ${name} is not supported`);
  return found;
}

/** What lists and maps lack is empty. */
function elementOf(value: unknown, key: unknown): unknown {
  if (!Array.isArray(value)) {
    const known = typeof value === 'object' && value !== null && Object.hasOwn(value, formatValue(key));
    return known ? fieldOf(value, formatValue(key)) : '';
  }
  const index = Number(key);
  if (!Number.isInteger(index) || index < 0 || index >= value.length) {
    throw new TemplateError(`template: index out of range: ${formatValue(key)}`);
  }
  return (value as unknown[])[index];
}

function compare(first: unknown, second: unknown): number {
  if (typeof first === 'number' && typeof second === 'number') return first - second;
  return formatValue(first) < formatValue(second) ? -1 : Number(formatValue(first) > formatValue(second));
}

function sliceOf(value: unknown, from: number, to: number | undefined): unknown {
  return Array.isArray(value) ? value.slice(from, to) : formatValue(value).slice(from, to);
}

function formatWith(format: string, values: readonly unknown[]): string {
  const rest = [...values];
  return format.replace(/%(?<verb>[-+0-9.]*[a-zA-Z%])/g, (verb) => {
    if (verb === '%%') return '%';
    const value = rest.shift();
    const width = Number(/^%-?0?(\d+)/.exec(verb)?.[1] ?? 0);
    const text = verb.endsWith('q') ? JSON.stringify(formatValue(value)) : formatValue(value);
    if (!/[svdqt]$/.test(verb)) throw new TemplateError(`template: printf knows no ${verb}`);
    return verb.startsWith('%-') ? text.padEnd(width) : text.padStart(width, verb.startsWith('%0') ? '0' : ' ');
  });
}

function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw new TemplateError('template: join needs a list');
}
