import { invalidArgument } from '@arcbox/errors';
import { RE2JS } from 're2js';
import { FilterScanner } from './filter-scanner.ts';

/** The value of a field of one object: `['labels', 'a', 'b']` is `labels.a.b`. Undefined when it has none. */
export type Fields = (path: readonly string[]) => string | undefined;

/** Whether an object is selected. */
export type Filter = (fields: Fields) => boolean;

/** Longer filters are refused, all of a request together; characters. */
const maxText = 16_384;

/** Longer regular expressions are refused: to compile them takes too long. Characters. */
const maxPattern = 1_000;

/**
 * containerd's filter language. An entry is a list of selectors with commas
 * between, all of which must match; of the entries one must. A selector is a path
 * of fields with an operator and a value: `name==x`, `labels."a.b"!=y`,
 * `name~=^x`; without them it asks whether there is a value. No entries, and an
 * empty one, select everything. INVALID_ARGUMENT says where an entry is wrong.
 */
export function parseFilters(entries: readonly string[]): Filter {
  if (entries.reduce((sum, { length }) => sum + length, 0) > maxText) {
    throw invalidArgument(`filters are longer than ${maxText} characters`);
  }
  const filters = entries.map(parseEntry);
  return (fields) => filters.length === 0 || filters.some((filter) => filter(fields));
}

/** The value of a map at the rest of a path. */
export function entryAt(map: { readonly [key: string]: string }, path: readonly string[]): string | undefined {
  const key = path.join('.');
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

function parseEntry(text: string): Filter {
  if (text === '') return () => true;
  const scanner = new FilterScanner(text);
  const selectors: Filter[] = [];
  do selectors.push(parseSelector(scanner));
  while (scanner.take(','));
  if (scanner.peek() !== undefined) throw scanner.error('a comma was expected');
  return (fields) => selectors.every((selector) => selector(fields));
}

function parseSelector(scanner: FilterScanner): Filter {
  const path = [scanner.field()];
  while (scanner.take('.')) path.push(scanner.field());
  const next = scanner.peek();
  if (next === undefined || next === ',') return (fields) => fields(path) !== undefined;
  const operator = scanner.operator();
  switch (operator) {
    case '==': {
      const value = scanner.value(false);
      return (fields) => fields(path) === value;
    }
    case '!=': {
      const value = scanner.value(false);
      return (fields) => (fields(path) ?? '') !== value;
    }
    case '~=': {
      const expression = compile(scanner.value(true), scanner);
      return (fields) => expression.matcher(fields(path) ?? '').find();
    }
    default:
      throw scanner.error(operator === '' ? 'an operator was expected (==, != or ~=)' : `unknown operator ${operator}`);
  }
}

/** Go's syntax, and Go's promise: the time to match grows with the text, never faster. */
function compile(pattern: string, scanner: FilterScanner): RE2JS {
  if (pattern.length > maxPattern) throw scanner.error(`a regular expression longer than ${maxPattern} characters`);
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    throw scanner.error(error instanceof Error ? error.message : String(error));
  }
}
