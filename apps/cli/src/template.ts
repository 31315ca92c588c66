import { toJson } from './json-text.ts';

/** Renders one value. */
export type Template = (value: unknown) => string;

/** A template that cannot be read, or that does not fit what it is applied to. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

type Expression = (root: unknown) => unknown;

/**
 * The part of Go's templates that people use on command lines: `{{.Field.Sub}}`,
 * `{{json .}}`, `{{upper .A}}`, `{{join .List ","}}`, `{{index .Map "key"}}`,
 * `{{.A | lower}}`, and the trimming `{{-` and `-}}`. Throws TemplateError.
 * https://pkg.go.dev/text/template
 */
export function parseTemplate(source: string): Template {
  const parts: Expression[] = [];
  let text = '';
  let rest = source.replaceAll('\\t', '\t').replaceAll('\\n', '\n');
  for (;;) {
    const match =
      /\{\{(?<trimLeft>- )?(?<action>(?:"(?:[^"\\]|\\.)*"|`[^`]*`|[^"`}]|\}(?!\}))*?)(?<trimRight> -)?\}\}/.exec(rest);
    if (!match?.groups) break;
    text += rest.slice(0, match.index);
    if (match.groups['trimLeft']) text = text.trimEnd();
    const literal = text;
    const action = parsePipeline(match.groups['action'] ?? '');
    parts.push(() => literal, action);
    rest = rest.slice(match.index + match[0].length);
    if (match.groups['trimRight']) rest = rest.trimStart();
    text = '';
  }
  if (rest.includes('{{')) throw new TemplateError(`template: unclosed action: ${rest.slice(rest.indexOf('{{'))}`);
  const tail = text + rest;
  return (value) => parts.map((part) => formatValue(part(value))).join('') + tail;
}

function parsePipeline(action: string): Expression {
  const stages = splitOutsideQuotes(action, '|').map((stage) => splitOutsideQuotes(stage, ' ').filter(Boolean));
  let result: Expression | undefined;
  for (const words of stages) result = parseCommand(words, result, action);
  if (!result) throw new TemplateError(`template: missing value in {{${action}}}`);
  return result;
}

/** One command of a pipeline; what comes through the pipe is its last argument. */
function parseCommand(words: readonly string[], piped: Expression | undefined, action: string): Expression {
  const [head, ...rest] = words;
  if (head === undefined) throw new TemplateError(`template: missing value in {{${action}}}`);
  const parameters = rest.map(parseOperand);
  if (piped) parameters.push(piped);
  if (!/^[a-z]/i.test(head) || head === 'true' || head === 'false')
    return applied(parseOperand(head), parameters, head);
  const called = Object.hasOwn(functions, head) ? functions[head] : undefined;
  if (!called) throw new TemplateError(`template: function ${head} is not supported`);
  return (root) => called(...parameters.map((parameter) => parameter(root)));
}

/** A field that takes arguments is called with them: `{{.Label "key"}}`. */
function applied(operand: Expression, parameters: readonly Expression[], head: string): Expression {
  return (root) => {
    const value = operand(root);
    if (typeof value === 'function') return value(...parameters.map((parameter) => parameter(root)));
    if (parameters.length > 0) throw new TemplateError(`template: ${head} takes no arguments`);
    return value;
  };
}

function parseOperand(word: string): Expression {
  if (/^".*"$/s.test(word)) {
    const text = unquote(word);
    return () => text;
  }
  if (/^`.*`$/s.test(word)) return () => word.slice(1, -1);
  if (/^-?\d+(\.\d+)?$/.test(word)) return () => Number(word);
  if (word === 'true' || word === 'false') return () => word === 'true';
  if (word === '.') return (root) => root;
  if (!/^(\.\w+)+$/.test(word)) throw new TemplateError(`template: cannot read ${word}`);
  const path = word.slice(1).split('.');
  return (root) => path.reduce((value, name) => field(value, name), root);
}

function unquote(word: string): string {
  try {
    return String(JSON.parse(word));
  } catch {
    throw new TemplateError(`template: cannot read ${word}`);
  }
}

function field(value: unknown, name: string): unknown {
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, name)) {
    return (value as Record<string, unknown>)[name];
  }
  const known = typeof value === 'object' && value !== null ? Object.keys(value).join(', ') : '';
  throw new TemplateError(`template: no field ${name}${known ? `; there are ${known}` : ''}`);
}

const functions: Record<string, (...parameters: unknown[]) => unknown> = {
  json: (value) => toJson(value),
  upper: (value) => formatValue(value).toUpperCase(),
  lower: (value) => formatValue(value).toLowerCase(),
  title: (value) => formatValue(value).replace(/\b\p{L}/gu, (letter) => letter.toUpperCase()),
  join: (list, separator) => listOf(list).map(formatValue).join(formatValue(separator)),
  split: (value, separator) => formatValue(value).split(formatValue(separator)),
  len: (value) => (typeof value === 'object' && value !== null ? Object.keys(value).length : formatValue(value).length),
  truncate: (value, width) => [...formatValue(value)].slice(0, Number(width)).join(''),
  println: (...values) => `${values.map(formatValue).join(' ')}\n`,
  index: (value, ...keys) =>
    keys.reduce((inner, key) => (inner as Record<string, unknown> | undefined)?.[formatValue(key)] ?? '', value),
};

function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw new TemplateError('template: join needs a list');
}

/** As Go prints it: `[a b]` for lists, `map[k:v]` for maps. */
function formatValue(value: unknown): string {
  if (value === null || value === undefined) return '<no value>';
  if (Array.isArray(value)) return `[${value.map(formatValue).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([key, inner]) => `${key}:${formatValue(inner)}`).join(' ')}]`;
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const pattern = separator === '|' ? /(?:"(?:[^"\\]|\\.)*"|`[^`]*`|[^|])+/g : /(?:"(?:[^"\\]|\\.)*"|`[^`]*`|\S)+/g;
  return text.trim().match(pattern) ?? [];
}
